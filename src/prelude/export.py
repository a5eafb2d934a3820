"""torch.export: names only."""
import _absent

__getattr__, __dir__ = _absent.names(
    "torch.export",
    "export load save unflatten dims Dim Constraint ExportedProgram ExportGraphSignature draft_export register_dataclass"
    " ShapesCollection ModuleCallEntry ModuleCallSignature UnflattenedModule",
    "no program is traced here; load(path) reads the tensors of a .pt2 file",
)
