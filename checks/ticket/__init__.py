"""ticket: TGTs and service tickets of each principal, for each data path, from each KDC, with the requests that a
Windows host sends.
"""
