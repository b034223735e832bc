"""What the commands of remedies may consist of: tables of cmdlets, programs and options from public documentation."""
