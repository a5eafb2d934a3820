//! torch's own objects: tensors of every form, sizes, devices.

use std::rc::Rc;

use num_bigint::BigInt;

use super::super::storages::{Place, class_name};
use super::super::torch_legacy;
use super::Pickler;
use crate::dtype::Dtype;
use crate::graph::Global;
use crate::pickle::opcodes as op;
use crate::record::{Form, Quantizer, Storage, TensorRecord, View};
use torchsh_base::Str;
use torchsh_base::error::{Error, Kind, Result};

impl Pickler<'_> {
    pub(super) fn device(&mut self, text: &str) -> Result<()> {
        let (kind, index) =
            text.split_once(':').map_or((text, None), |(kind, index)| (kind, index.parse().ok()));
        self.call("torch", "device", |to| {
            to.text(&Str::new(kind));
            match index {
                Some(index) => to.int(index),
                None => {
                    to.out.push(op::TUPLE1);
                    return Ok(());
                }
            }
            to.out.push(op::TUPLE2);
            Ok(())
        })
    }

    pub(super) fn layout(&mut self, name: &str) -> Result<()> {
        self.call("torch.serialization", "_get_layout", |to| {
            to.text(&Str::new(format!("torch.{name}")));
            to.out.push(op::TUPLE1);
            Ok(())
        })
    }

    pub(super) fn tensor(&mut self, record: &Rc<TensorRecord>) -> Result<()> {
        if let Some(class) = &record.class {
            if self.objects && !is_of_several(class) {
                return self.of_subclass(record, class);
            }
            self.notes.push(format!("{} was a {class} and is saved as a plain tensor", self.path.concat()));
        }
        let attributes = record.attributes.filter(|&id| self.graph.entries(id).is_some());
        match (record.is_parameter, attributes) {
            (false, None) => self.plain_tensor(record),
            (true, attributes) => {
                let name =
                    if attributes.is_some() { "_rebuild_parameter_with_state" } else { "_rebuild_parameter" };
                self.call("torch._utils", name, |to| {
                    to.tuple_of(if attributes.is_some() { 4 } else { 3 }, |to| {
                        let data = TensorRecord { requires_grad: false, ..record.as_ref().clone() };
                        to.plain_tensor(&data)?;
                        to.truth(record.requires_grad);
                        to.empty_ordered_dict();
                        attributes.map_or(Ok(()), |id| to.node(id))
                    })
                })
            }
            (false, Some(attributes)) => self.call("torch._tensor", "_rebuild_from_type_v2", |to| {
                to.out.push(op::MARK);
                let (module, name) = to.function_of(record);
                to.global(module, name);
                to.global("torch", "Tensor");
                to.arguments_of(record)?;
                to.node(attributes)?;
                to.out.push(op::TUPLE);
                Ok(())
            }),
        }
    }

    /// A tensor of a subclass, as PyTorch writes it.
    fn of_subclass(&mut self, record: &TensorRecord, class: &Global) -> Result<()> {
        self.call("torch._tensor", "_rebuild_from_type_v2", |to| {
            to.tuple_of(4, |to| {
                let (module, name) = to.function_of(record);
                to.global(module, name);
                to.any_global(class.module.as_str(), class.name.as_str())?;
                to.arguments_of(record)?;
                match record.attributes {
                    Some(attributes) => to.node(attributes),
                    None => {
                        to.out.push(op::EMPTY_DICT);
                        Ok(())
                    }
                }
            })
        })
    }

    pub(super) fn truth(&mut self, value: bool) {
        self.out.push(if value { op::NEWTRUE } else { op::NEWFALSE });
    }

    pub(super) fn plain_tensor(&mut self, record: &TensorRecord) -> Result<()> {
        let (module, name) = self.function_of(record);
        self.call(module, name, |to| to.arguments_of(record))
    }

    /// The function that makes such a tensor again.
    pub(super) fn function_of(&self, record: &TensorRecord) -> (&'static str, &'static str) {
        let name = match &record.form {
            Form::Strided(view) if self.storages.is_untyped(view, record.dtype) => "_rebuild_tensor_v3",
            Form::Strided(_) => "_rebuild_tensor_v2",
            Form::Quantized(..) => "_rebuild_qtensor",
            Form::Coo { .. } | Form::Compressed { .. } => "_rebuild_sparse_tensor",
            Form::Nested { .. } => "_rebuild_nested_tensor",
            Form::Meta { .. } => "_rebuild_meta_tensor_no_storage",
        };
        ("torch._utils", name)
    }

    /// The tuple of that function's arguments.
    pub(super) fn arguments_of(&mut self, record: &TensorRecord) -> Result<()> {
        match &record.form {
            Form::Strided(view) => self.strided(record, view),
            Form::Quantized(view, quantizer) => self.quantized(record, view, quantizer),
            Form::Meta { stride } => self.tuple_of(4, |to| {
                to.global("torch", record.dtype.name());
                to.ints(&record.shape);
                to.ints(stride);
                to.truth(record.requires_grad);
                Ok(())
            }),
            Form::Nested { buffer, sizes, strides, offsets } => self.tuple_of(4, |to| {
                [buffer, sizes, strides, offsets].into_iter().try_for_each(|part| to.plain_tensor(part))
            }),
            Form::Coo { indices, values, coalesced } => self.tuple_of(2, |to| {
                to.layout("sparse_coo")?;
                to.tuple_of(4, |to| {
                    to.plain_tensor(indices)?;
                    to.plain_tensor(values)?;
                    to.size(&record.shape)?;
                    to.truth(coalesced.unwrap_or(false));
                    Ok(())
                })
            }),
            Form::Compressed { layout, compressed, plain, values } => self.tuple_of(2, |to| {
                to.layout(layout)?;
                to.tuple_of(4, |to| {
                    [compressed, plain, values].into_iter().try_for_each(|part| to.plain_tensor(part))?;
                    to.size(&record.shape)
                })
            }),
        }
    }

    pub(super) fn size(&mut self, shape: &[i64]) -> Result<()> {
        self.call("torch", "Size", |to| {
            to.ints(shape);
            to.out.push(op::TUPLE1);
            Ok(())
        })
    }

    pub(super) fn strided(&mut self, record: &TensorRecord, view: &View) -> Result<()> {
        let untyped = self.storages.is_untyped(view, record.dtype);
        self.out.push(op::MARK);
        self.place(record, view)?;
        self.truth(record.requires_grad);
        self.empty_ordered_dict();
        if untyped {
            self.global("torch", record.dtype.name());
        }
        if view.conj || view.neg {
            self.out.push(op::EMPTY_DICT);
            self.out.push(op::MARK);
            for (name, _) in [("conj", view.conj), ("neg", view.neg)].into_iter().filter(|(_, set)| *set) {
                self.text(&Str::intern(name));
                self.out.push(op::NEWTRUE);
            }
            self.out.push(op::SETITEMS);
        }
        self.out.push(op::TUPLE);
        Ok(())
    }

    /// A storage that no tensor stands for.
    pub(super) fn whole_storage(&mut self, storage: &Rc<Storage>, dtype: Dtype) -> Result<()> {
        if class_name(dtype).is_none() {
            return Err(Error::new(Kind::Key, format!("dtype {dtype} is not recognized")));
        }
        let view = View { storage: storage.clone(), offset: 0, stride: vec![1], conj: false, neg: false };
        let numel = storage.nbytes() / dtype.itemsize() as u64;
        let place = self.storages.place(&view, &[i64::try_from(numel).unwrap_or(i64::MAX)], dtype);
        if place.class != Some(dtype) {
            return Err(Error::runtime(
                "Cannot save multiple tensors or storages that view the same data as different types",
            ));
        }
        self.storage_of(&place)
    }

    fn storage_of(&mut self, place: &Place) -> Result<()> {
        if self.inline.is_some() {
            return self.inline_storage(place);
        }
        self.storage(place);
        Ok(())
    }

    /// Storage, offset, size, stride.
    pub(super) fn place(&mut self, record: &TensorRecord, view: &View) -> Result<()> {
        let place = self.storages.place(view, &record.shape, record.dtype);
        self.storage_of(&place)?;
        self.int(place.offset);
        self.ints(&record.shape);
        self.ints(&place.stride);
        Ok(())
    }

    /// A storage within the pickle: the bytes of a file that holds nothing else, once.
    fn inline_storage(&mut self, place: &Place) -> Result<()> {
        let known = self.inline.as_ref().and_then(|inline| inline.get(&place.key).copied());
        if let Some(index) = known {
            self.get(index);
            return Ok(());
        }
        let Some(storage) = self.storages.order().get(place.key).cloned() else { return Ok(()) };
        let bytes = torch_legacy::storage_file(self.storages, &storage, place)?;
        self.call("torch.storage", "_load_from_bytes", |to| {
            to.bytes(&bytes)?;
            to.out.push(op::TUPLE1);
            Ok(())
        })?;
        let index = self.put();
        if let Some(inline) = &mut self.inline {
            inline.insert(place.key, index);
        }
        Ok(())
    }

    /// `('storage', class, key, location, numel)`, as a persistent id.
    pub(super) fn storage(&mut self, place: &Place) {
        self.out.push(op::MARK);
        self.text(&Str::intern("storage"));
        match place.class.and_then(class_name) {
            Some(class) => self.global("torch", &class),
            None => self.global("torch.storage", "UntypedStorage"),
        }
        self.text(&Str::new(place.key.to_string()));
        self.text(&Str::intern("cpu"));
        match i64::try_from(place.numel) {
            Ok(numel) => self.int(numel),
            Err(_) => self.long(&BigInt::from(place.numel)),
        }
        if self.stacked {
            // The storage is no part of another one.
            self.out.push(op::NONE);
        }
        self.out.extend([op::TUPLE, op::BINPERSID]);
    }

    pub(super) fn quantized(
        &mut self,
        record: &TensorRecord,
        view: &View,
        quantizer: &Quantizer,
    ) -> Result<()> {
        self.out.push(op::MARK);
        self.place(record, view)?;
        match quantizer {
            Quantizer::PerTensor { scale, zero_point } => self.tuple_of(3, |to| {
                to.global("torch", "per_tensor_affine");
                to.float(*scale);
                to.int(*zero_point);
                Ok(())
            })?,
            Quantizer::PerChannel { scales, zero_points, axis, float_parameters } => {
                self.tuple_of(4, |to| {
                    let floats = if *float_parameters { "_float_qparams" } else { "" };
                    to.global("torch", &format!("per_channel_affine{floats}"));
                    to.plain_tensor(scales)?;
                    to.plain_tensor(zero_points)?;
                    to.int(*axis);
                    Ok(())
                })?
            }
        }
        self.truth(record.requires_grad);
        self.empty_ordered_dict();
        self.out.push(op::TUPLE);
        Ok(())
    }
}

/// Whether a class is of tensors that several processes share: what the file has is made of one's own part, or of all.
fn is_of_several(class: &Global) -> bool {
    matches!(class.name.as_str(), "DTensor" | "ShardedTensor")
}
