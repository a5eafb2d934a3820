"""Brightness and its kin, by name."""
import _absent

__getattr__, __dir__ = _absent.names("PIL.ImageEnhance", "Brightness Color Contrast Sharpness", "ToTensor() first, the steps work on tensors")
