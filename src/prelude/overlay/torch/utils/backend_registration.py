"""Devices that other libraries bring: there are none here."""
_privateuse1_backend_name = "privateuseone"
