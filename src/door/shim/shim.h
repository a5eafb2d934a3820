// What the C++ side of the door and the Rust side (src/door/table) agree on.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <c10/core/StorageImpl.h>
#include <c10/core/TensorImpl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torchsh {

// A failure: the exception class and its text. Freed with torchsh_fault_free.
struct Fault {
  int32_t kind;
  char* text;
};

enum class Tag : uint32_t {
  Missing = 0,  // takes the default
  None = 1,
  Bool = 2,
  Int = 3,
  Float = 4,
  Complex = 5,
  Str = 6,
  Tensor = 7,
  List = 8,
  Device = 9,
  Generator = 10,
  Storage = 11,
  Dtype = 12,
  Layout = 13,
  MemoryFormat = 14,
  Tuple = 15,
};

// An argument or a result. Pointers are borrowed.
struct Item {
  Tag tag;
  int32_t index;  // of a device
  int64_t integer;
  double real;
  double imaginary;
  const void* pointer;  // TensorImpl, GeneratorImpl, StorageImpl, characters or Items
  size_t length;        // of characters or Items
};

// The exception in flight as a Fault. Call it in a catch block only.
Fault* fault_in_flight() noexcept;

// Sees to it that warnings of this thread are collected.
void collect_warnings() noexcept;

// Runs `body`; nothing it throws gets out.
template <typename Body>
Fault* guarded(Body&& body) noexcept {
  try {
    collect_warnings();
    body();
    return nullptr;
  } catch (...) {
    return fault_in_flight();
  }
}

// Frees a fault that nobody is told of.
void ignored(Fault* fault) noexcept;

// Throws where the storage of a tensor that is to be read or written holds less than the tensor needs: libtorch's
// kernels do not look. (A storage may be made smaller under its tensors.)
void need_data(const at::Tensor& tensor);

inline at::Tensor tensor_of(const void* impl) {
  if (impl == nullptr) {
    return at::Tensor();
  }
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl>::reclaim_copy(
      const_cast<c10::TensorImpl*>(static_cast<const c10::TensorImpl*>(impl))));
}

// Hands the reference over to the caller; null for an undefined tensor.
inline void* release(at::Tensor tensor) {
  return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

inline at::Generator generator_of(const void* impl) {
  return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(
      const_cast<c10::GeneratorImpl*>(static_cast<const c10::GeneratorImpl*>(impl))));
}

inline c10::Storage storage_of(const void* impl) {
  return c10::Storage(c10::intrusive_ptr<c10::StorageImpl>::reclaim_copy(
      const_cast<c10::StorageImpl*>(static_cast<const c10::StorageImpl*>(impl))));
}

char* copied(const std::string& text);

// Items as the arguments of a schema. Throws where they do not fit.
std::vector<c10::IValue> stack_of(const c10::FunctionSchema& schema, const Item* items, size_t count);

// Values as results that torchsh_results reads.
void* results_of(const std::vector<c10::IValue>& values);

// The number in a tensor of one element, as an item.
Item number_item(const at::Tensor& tensor);

}  // namespace torchsh
