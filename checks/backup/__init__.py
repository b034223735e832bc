"""backup: DPM, Veeam, Commvault."""
