"""What was found, as one value (`report.Report`) and in the forms that people and programs read."""
