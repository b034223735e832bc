"""The fact families, one module for each subject: frozen plain data without types of libraries and
without judgement.
"""
