// Tensors and storages: what they are, and making them over memory of ours.

#include "shim.h"

#include <ATen/Functions.h>
#include <ATen/TensorIndexing.h>
#include <c10/core/CPUAllocator.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace torchsh {

void need_data(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.has_storage() || tensor.layout() != at::kStrided || tensor.is_quantized() ||
      tensor.is_nested() || !(tensor.is_cpu() || tensor.is_cuda()) || tensor._is_zerotensor() || tensor.numel() == 0) {
    return;
  }
  int64_t last = tensor.storage_offset();
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    last += (tensor.size(i) - 1) * tensor.stride(i);
  }
  auto needed = static_cast<uint64_t>(last + 1) * tensor.itemsize();
  TORCH_CHECK(
      needed <= tensor.unsafeGetTensorImpl()->unsafe_storage().nbytes(),
      "the tensor has no data: its storage was made smaller");
}

}  // namespace torchsh

using namespace torchsh;

namespace {

struct Info {
  int32_t dtype;
  int32_t layout;
  int32_t device;
  int32_t device_index;
  int64_t dimensions;
  int64_t numel;
  const int64_t* sizes;
  const int64_t* strides;  // null where there are none
  int32_t flags;
};

enum Flag : int32_t {
  RequiresGrad = 1,
  Leaf = 2,
  HasStorage = 4,
  Contiguous = 8,
  Conjugate = 16,
  Negative = 32,
  Quantized = 64,
  Inference = 128,
  Zero = 256,
};

const c10::TensorImpl& impl_of(const void* tensor) {
  return *static_cast<const c10::TensorImpl*>(tensor);
}

int32_t flags_of(const at::Tensor& tensor) {
  int32_t flags = 0;
  auto set = [&](bool on, Flag flag) { flags |= on ? flag : 0; };
  bool strided = tensor.layout() == at::kStrided;
  set(tensor.requires_grad(), RequiresGrad);
  set(tensor.is_leaf(), Leaf);
  set(tensor.has_storage(), HasStorage);
  set(strided && tensor.is_contiguous(), Contiguous);
  set(tensor.is_conj(), Conjugate);
  set(tensor.is_neg(), Negative);
  set(tensor.is_quantized(), Quantized);
  set(tensor.is_inference(), Inference);
  set(tensor._is_zerotensor(), Zero);
  return flags;
}

// Memory of the Rust side: its context is given back when the last view is gone.
using Drop = void (*)(void*);
struct Context {
  void* context;
  Drop drop;
};

void drop_context(void* raw) {
  auto* held = static_cast<Context*>(raw);
  held->drop(held->context);
  delete held;
}

}  // namespace

extern "C" {

void torchsh_tensor_retain(const void* tensor) {
  c10::raw::intrusive_ptr::incref(const_cast<c10::TensorImpl*>(&impl_of(tensor)));
}

void torchsh_tensor_release(const void* tensor) {
  // What a destructor throws has nowhere to go.
  guarded([&] { c10::raw::intrusive_ptr::decref(const_cast<c10::TensorImpl*>(&impl_of(tensor))); });
}

Fault* torchsh_tensor_info(const void* raw, Info* info) {
  return guarded([&] {
    auto tensor = tensor_of(raw);
    info->dtype = static_cast<int32_t>(tensor.scalar_type());
    info->layout = static_cast<int32_t>(tensor.layout());
    info->device = static_cast<int32_t>(tensor.device().type());
    info->device_index = tensor.device().index();
    // A nested tensor has dimensions but no sizes.
    bool sized = !tensor.is_nested();
    info->sizes = sized ? tensor.sizes().data() : nullptr;
    info->dimensions = tensor.dim();
    info->numel = tensor.numel();
    info->strides = sized && tensor.layout() == at::kStrided ? tensor.strides().data() : nullptr;
    info->flags = flags_of(tensor);
  });
}

// Copies its sizes to `out`, which has room for so many, and returns how many there are.
size_t torchsh_tensor_sizes(const void* raw, int64_t* out, size_t room) {
  size_t count = 0;
  ignored(guarded([&] {
    const auto& impl = impl_of(raw);
    // A nested tensor has dimensions but no sizes.
    if (!impl.is_nested()) {
      auto sizes = impl.sizes();
      std::copy_n(sizes.begin(), std::min(room, sizes.size()), out);
      count = sizes.size();
    }
  }));
  return count;
}

// The first byte of its storage; null where it has none.
const void* torchsh_tensor_start(const void* raw) {
  const void* start = nullptr;
  ignored(guarded([&] {
    const auto& impl = impl_of(raw);
    start = impl.has_storage() ? impl.unsafe_storage().data() : nullptr;
  }));
  return start;
}

// -1 where it has none that has a number.
int32_t torchsh_tensor_dtype(const void* tensor) {
  int32_t dtype = -1;
  ignored(guarded([&] {
    dtype = static_cast<int32_t>(c10::typeMetaToScalarType(const_cast<c10::TensorImpl&>(impl_of(tensor)).dtype()));
  }));
  return dtype;
}

Fault* torchsh_tensor_grad(const void* tensor, void** out) {
  return guarded([&] { *out = release(at::Tensor(tensor_of(tensor).grad())); });
}

Fault* torchsh_tensor_set_grad(const void* tensor, const void* grad) {
  return guarded([&] { tensor_of(tensor).mutable_grad() = tensor_of(grad); });
}

Fault* torchsh_tensor_set_requires_grad(const void* tensor, bool on) {
  return guarded([&] { tensor_of(tensor).requires_grad_(on); });
}

Fault* torchsh_tensor_retain_grad(const void* tensor) {
  return guarded([&] { tensor_of(tensor).retain_grad(); });
}

Fault* torchsh_tensor_retains_grad(const void* tensor, bool* out) {
  return guarded([&] { *out = tensor_of(tensor).retains_grad(); });
}

Fault* torchsh_tensor_version(const void* tensor, int64_t* out) {
  return guarded([&] { *out = tensor_of(tensor)._version(); });
}

Fault* torchsh_tensor_base(const void* raw, void** out) {
  return guarded([&] {
    auto tensor = tensor_of(raw);
    *out = tensor.is_view() ? release(at::Tensor(tensor._base())) : nullptr;
  });
}

Fault* torchsh_tensor_set_data(const void* tensor, const void* data) {
  return guarded([&] { tensor_of(tensor).set_data(tensor_of(data)); });
}

Fault* torchsh_tensor_variable_data(const void* tensor, void** out) {
  return guarded([&] { *out = release(tensor_of(tensor).variable_data()); });
}

Fault* torchsh_tensor_is_contiguous(const void* tensor, int32_t format, bool* out) {
  return guarded([&] { *out = tensor_of(tensor).is_contiguous(static_cast<at::MemoryFormat>(format)); });
}

Fault* torchsh_tensor_data(const void* raw, const void** out) {
  return guarded([&] { *out = tensor_of(raw).const_data_ptr(); });
}

Fault* torchsh_tensor_mutable_data(const void* raw, void** out) {
  return guarded([&] { *out = tensor_of(raw).mutable_data_ptr(); });
}

Fault* torchsh_tensor_offset(const void* raw, int64_t* out) {
  return guarded([&] { *out = tensor_of(raw).storage_offset(); });
}

Fault* torchsh_tensor_item(const void* raw, Item* out) {
  return guarded([&] { *out = number_item(tensor_of(raw)); });
}

// ---- storages ----

Fault* torchsh_tensor_storage(const void* raw, void** out) {
  return guarded([&] {
    c10::Storage storage = tensor_of(raw).storage();
    *out = storage.unsafeReleaseStorageImpl();
  });
}

void torchsh_storage_retain(const void* storage) {
  c10::raw::intrusive_ptr::incref(const_cast<c10::StorageImpl*>(static_cast<const c10::StorageImpl*>(storage)));
}

void torchsh_storage_release(const void* storage) {
  guarded([&] {
    c10::raw::intrusive_ptr::decref(const_cast<c10::StorageImpl*>(static_cast<const c10::StorageImpl*>(storage)));
  });
}

Fault* torchsh_storage_info(const void* raw, const void** data, size_t* nbytes, int32_t* device, int32_t* index) {
  return guarded([&] {
    auto storage = storage_of(raw);
    *nbytes = storage.nbytes();
    *device = static_cast<int32_t>(storage.device_type());
    *index = storage.device().index();
    *data = storage.data();
  });
}

Fault* torchsh_storage_resize(const void* raw, size_t nbytes) {
  return guarded([&] {
    auto storage = storage_of(raw);
    TORCH_CHECK(storage.device().is_cpu(), "only storages on the CPU can be resized");
    auto* impl = storage.unsafeGetStorageImpl();
    TORCH_CHECK(impl->resizable(), "Trying to resize storage that is not resizable");
    auto kept = std::min(nbytes, impl->nbytes());
    TORCH_CHECK(kept == 0 || impl->data() != nullptr, "Attempted to call resize_() on an invalid python storage.");
    auto fresh = c10::GetAllocator(c10::DeviceType::CPU)->allocate(nbytes);
    if (kept > 0) {
      std::memcpy(fresh.mutable_get(), impl->data(), kept);
    }
    impl->set_data_ptr_noswap(std::move(fresh));
    impl->set_nbytes(nbytes);
  });
}

// A storage over memory of ours, which may grow into memory of libtorch's. `drop(context)` is called in any case.
Fault* torchsh_storage_over(void* data, size_t nbytes, void* context, Drop drop, void** out) {
  return guarded([&] {
    auto* held = new Context{context, drop};
    c10::DataPtr pointer(data, held, &drop_context, c10::Device(c10::DeviceType::CPU));
    auto storage = c10::make_intrusive<c10::StorageImpl>(
        c10::StorageImpl::use_byte_size_t(), nbytes, std::move(pointer), c10::GetAllocator(c10::DeviceType::CPU),
        /*resizable=*/true);
    *out = storage.release();
  });
}

// A storage of fresh memory, which is not initialized (`meta`: without memory).
Fault* torchsh_storage_fresh(size_t nbytes, bool meta, void** out) {
  return guarded([&] {
    auto* allocator = c10::GetAllocator(meta ? c10::DeviceType::Meta : c10::DeviceType::CPU);
    auto storage = c10::make_intrusive<c10::StorageImpl>(
        c10::StorageImpl::use_byte_size_t(), nbytes, allocator, /*resizable=*/true);
    *out = storage.release();
  });
}

// A tensor on a storage. Nothing is checked here: the caller has seen to it that all of it lies within.
Fault* torchsh_tensor_on(
    const void* raw, int32_t dtype, const int64_t* sizes, const int64_t* strides, size_t dimensions, int64_t offset,
    void** out) {
  return guarded([&] {
    auto storage = storage_of(raw);
    // The storage of an efficient zero tensor has a size and no memory.
    TORCH_CHECK(
        storage.nbytes() == 0 || storage.device_type() == c10::DeviceType::Meta || storage.data() != nullptr,
        "Attempted to access the data pointer on an invalid python storage.");
    auto type = c10::scalarTypeToTypeMeta(static_cast<c10::ScalarType>(dtype));
    auto key = storage.device_type() == c10::DeviceType::Meta ? c10::DispatchKey::Meta
        : storage.device_type() == c10::DeviceType::CUDA      ? c10::DispatchKey::CUDA
                                                              : c10::DispatchKey::CPU;
    auto tensor = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), c10::DispatchKeySet(key), type);
    auto* impl = tensor.unsafeGetTensorImpl();
    impl->set_storage_offset(offset);
    impl->set_sizes_and_strides(c10::IntArrayRef(sizes, dimensions), c10::IntArrayRef(strides, dimensions));
    *out = release(std::move(tensor));
  });
}

}  // extern "C"
