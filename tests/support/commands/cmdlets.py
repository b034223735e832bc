"""Cmdlets by module with their parameters, as Microsoft and Tintri document them.

The source of each is `source`: the page of Microsoft's documentation, or Tintri's public examples. Only the parameters
are here that a remedy may use.
"""

from __future__ import annotations

from collections.abc import Mapping

TINTRI = "https://github.com/Tintri/tintri-powershell-examples/blob/master/SMBShareManagement.ps1"
TINTRI_MODULE = "TintriPSToolkit"
COMMON = frozenset({"confirm", "whatif", "verbose", "erroraction"})

MODULES: Mapping[str, Mapping[str, str]] = {
    "ActiveDirectory": {
        "Add-ADGroupMember": "Identity Members Server",
        "Clear-ADAccountExpiration": "Identity Server",
        "Disable-ADAccount": "Identity Server",
        "Enable-ADAccount": "Identity Server",
        "Get-ADAuthenticationPolicy": "Filter Identity Server",
        "Get-ADComputer": "Filter Identity Properties Server",
        "Get-ADObject": "Filter Identity Properties Server",
        "Get-ADPrincipalGroupMembership": "Identity Server",
        "Get-ADRootDSE": "Server Properties",
        "Get-ADTrust": "Filter Identity Properties Server",
        "Get-ADUser": "Filter Identity Properties Server",
        "New-ADGroup": "Name GroupScope Server",
        "Remove-ADGroup": "Identity Server",
        "Remove-ADGroupMember": "Identity Members Server",
        "Set-ADAccountPassword": "Identity NewPassword Reset Server",
        "Set-ADObject": "Identity Replace Clear Server",
        "Unlock-ADAccount": "Identity Server",
    },
    "DnsServer": {
        "Add-DnsServerConditionalForwarderZone": "Name MasterServers ComputerName",
        "Add-DnsServerResourceRecordA": "ZoneName Name IPv4Address ComputerName",
        "Add-DnsServerResourceRecordAAAA": "ZoneName Name IPv6Address ComputerName",
        "Add-DnsServerResourceRecordCName": "ZoneName Name HostNameAlias ComputerName",
        "Add-DnsServerResourceRecordPtr": "ZoneName Name PtrDomainName ComputerName",
        "Clear-DnsServerCache": "ComputerName Force",
        "Get-DnsServerResourceRecord": "ZoneName Name RRType ComputerName",
        "Remove-DnsServerResourceRecord": "ZoneName Name RRType RecordData ComputerName Force",
        "Remove-DnsServerZone": "Name ComputerName Force",
    },
    "DnsClient": {
        "Clear-DnsClientCache": "",
        "Resolve-DnsName": "Name Type Server",
    },
    "GroupPolicy": {
        "Get-GPInheritance": "Target Domain Server",
        "Get-GPO": "Guid Name Domain Server",
        "Get-GPPermission": "Guid Name All DomainName Server",
        "Get-GPRegistryValue": "Guid Name Key ValueName Domain Server",
        "New-GPLink": "Guid Name Target LinkEnabled Enforced Domain Server",
        "New-GPO": "Name Domain Server",
        "Remove-GPLink": "Guid Name Target Domain Server",
        "Remove-GPO": "Guid Name Domain Server",
        "Remove-GPRegistryValue": "Guid Name Key ValueName Domain Server",
        "Set-GPLink": "Guid Name Target LinkEnabled Enforced Domain Server",
        "Set-GPPermission": "Guid Name TargetName TargetType PermissionLevel Replace DomainName Server",
        "Set-GPRegistryValue": "Guid Name Key ValueName Type Value Domain Server",
    },
    "Hyper-V": {
        "Add-VMNetworkAdapterExtendedAcl": "ManagementOS Action Direction RemoteIPAddress RemotePort Protocol Weight",
        "Get-VMHardDiskDrive": "VMName",
        "Get-VMNetworkAdapterExtendedAcl": "ManagementOS",
        "Move-VMStorage": "Name DestinationStoragePath",
        "Remove-VMNetworkAdapterExtendedAcl": "ManagementOS Direction Weight",
        "Set-VMHardDiskDrive": "VMHardDiskDrive Path",
        "Update-VMVersion": "Name",
    },
    "ServerManager": {
        "Get-WindowsFeature": "Name",
        "Install-WindowsFeature": "Name",
        "Uninstall-WindowsFeature": "Name Restart",
    },
    "SmbShare": {
        "Get-SmbConnection": "ServerName",
        "Get-SmbMultichannelConnection": "ServerName",
        "Get-SmbMultichannelConstraint": "ServerName",
        "Get-SmbServerConfiguration": "",
        "Get-SmbSession": "ClientComputerName",
        "Get-SmbShare": "Name",
        "Get-SmbShareAccess": "Name",
        "Grant-SmbShareAccess": "Name AccountName AccessRight Force",
        "New-SmbMultichannelConstraint": "ServerName InterfaceAlias Force",
        "New-SmbShare": "Name Path FullAccess",
        "Remove-SmbMultichannelConstraint": "ServerName Force",
        "Remove-SmbShare": "Name Force",
        "Revoke-SmbShareAccess": "Name AccountName Force",
        "Set-SmbServerConfiguration": "EnableLeasing EnableMultiChannel EnableSMB1Protocol EnableSMB2Protocol "
        "EncryptData RejectUnencryptedAccess RequireSecuritySignature Smb2DialectMin Force",
        "Set-SmbShare": "Name ContinuouslyAvailable EncryptData Force",
    },
    "NetSecurity": {
        "Enable-NetFirewallRule": "DisplayGroup",
        "Get-NetFirewallRule": "DisplayGroup",
    },
    "NetTCPIP": {
        "Get-NetNeighbor": "IPAddress",
        "Get-NetTCPConnection": "LocalPort State",
        "Test-NetConnection": "ComputerName Port InformationLevel",
    },
    "Microsoft.PowerShell.LocalAccounts": {
        "Add-LocalGroupMember": "Group Member",
        "Disable-LocalUser": "Name",
        "Enable-LocalUser": "Name",
        "Remove-LocalGroupMember": "Group Member",
    },
    "Microsoft.PowerShell.Management": {
        "Reset-ComputerMachinePassword": "Server Credential",
        "Get-Service": "Name",
        "Restart-Service": "Name Force",
        "Start-Service": "Name",
        "Stop-Service": "Name Force",
        "Test-ComputerSecureChannel": "Repair Server Credential",
    },
    "Microsoft.PowerShell.Security": {"Get-Credential": "UserName"},
    "Microsoft.PowerShell.Diagnostics": {"Get-WinEvent": "LogName MaxEvents FilterHashtable"},
    "Microsoft.PowerShell.Core": {
        "ForEach-Object": "Process",
        "Where-Object": "Property EQ NE LT GT LE GE Like In Match",
    },
    "Microsoft.PowerShell.Utility": {"Select-Object": "Property Index First"},
    "DataProtectionManager": {"Get-DPMProtectionGroup": "DPMServerName"},
    TINTRI_MODULE: {
        "Get-TintriSmbShare": "Name",
        "Get-TintriSmbShareAccess": "Name",
        "Grant-TintriSmbShareAccess": "Name User Access",
        "New-TintriSmbShare": "Name",
        "Remove-TintriSmbShare": "Name Force",
        "Revoke-TintriSmbShareAccess": "Force",
    },
}
PARAMETERS: Mapping[str, frozenset[str]] = {
    cmdlet.lower(): frozenset(names.lower().split()) | COMMON
    for cmdlets in MODULES.values()
    for cmdlet, names in cmdlets.items()
}


def source(cmdlet: str) -> str:
    """The page that documents the cmdlet."""
    module = next(name for name, cmdlets in MODULES.items() if cmdlet in cmdlets)
    if module == TINTRI_MODULE:
        return TINTRI
    return f"https://learn.microsoft.com/powershell/module/{module.lower()}/{cmdlet.lower()}"
