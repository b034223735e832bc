"""backup: data paths, groups and rights that DPM, Veeam and Commvault need."""
