"""What a site file probably states, derived from what name servers, directories and storages returned."""
