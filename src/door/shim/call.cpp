// Calls any operator through the boxed dispatcher, with arguments converted by its schema.

#include "results.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/scalar_tensor.h>

#include <memory>
#include <vector>

namespace torchsh {
namespace {

struct Operator {
  c10::OperatorHandle handle;
  std::string names;  // of arguments, one a line; those written to by `out=` begin with '>'
  bool makes = false;  // new tensors from nothing but sizes and options, or like another tensor
  bool looks = false;  // at what a tensor is, and not at its elements
  bool resizes = false;
};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Whether an operator needs no memory of the tensors it is given: views, tensors like another one, new storages.
bool looks_only(const c10::FunctionSchema& schema) {
  for (const auto& result : schema.returns()) {
    if (result.alias_info() && !result.alias_info()->isWrite()) {
      return true;
    }
  }
  const std::string& name = schema.name();
  return ends_with(name, "_like") || name.rfind("aten::new_", 0) == 0 || name.rfind("aten::set_", 0) == 0 ||
      name.rfind("aten::resize_", 0) == 0 || name.rfind("aten::is_", 0) == 0 || name.rfind("aten::detach", 0) == 0;
}

// Whether PyTorch counts the filling of a new tensor as no change to it: its factories, as torch::zeros, do.
bool makes_tensors(const c10::FunctionSchema& schema) {
  const std::string& name = schema.name();
  bool takes_tensor = false;
  bool takes_layout = false;
  for (const auto& argument : schema.arguments()) {
    takes_tensor |= argument.type()->kind() == c10::TypeKind::TensorType;
    takes_layout |= argument.name() == "layout";
  }
  return takes_layout && (!takes_tensor || ends_with(name, "_like"));
}

[[noreturn]] void refuse(const std::string& what) {
  C10_THROW_ERROR(TypeError, what);
}

c10::Scalar scalar_of(const Item& item) {
  switch (item.tag) {
    case Tag::Bool:
      return c10::Scalar(item.integer != 0);
    case Tag::Int:
      return c10::Scalar(item.integer);
    case Tag::Float:
      return c10::Scalar(item.real);
    case Tag::Complex:
      return c10::Scalar(c10::complex<double>(item.real, item.imaginary));
    case Tag::Tensor:
      return tensor_of(item.pointer).item();
    default:
      refuse("expected a number");
  }
}

// A Python number where a tensor is wanted takes part in type promotion as a number.
at::Tensor wrapped_number(const Item& item) {
  at::Tensor tensor;
  {
    at::AutoDispatchBelowADInplaceOrView guard;
    tensor = at::scalar_tensor(scalar_of(item), [&] {
      switch (item.tag) {
        case Tag::Bool:
          return at::TensorOptions(at::kBool);
        case Tag::Int:
          return at::TensorOptions(at::kLong);
        case Tag::Complex:
          return at::TensorOptions(at::kComplexDouble);
        default:
          return at::TensorOptions(at::kDouble);
      }
    }());
  }
  tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
}

at::Tensor tensor_argument(const Item& item) {
  switch (item.tag) {
    case Tag::Tensor:
      return tensor_of(item.pointer);
    case Tag::None:
      return at::Tensor();
    case Tag::Bool:
    case Tag::Int:
    case Tag::Float:
    case Tag::Complex:
      return wrapped_number(item);
    default:
      refuse("expected a Tensor");
  }
}

int64_t integer_argument(const Item& item) {
  switch (item.tag) {
    case Tag::Bool:
    case Tag::Int:
    case Tag::Dtype:
    case Tag::Layout:
    case Tag::MemoryFormat:
      return item.integer;
    case Tag::Tensor:
      return tensor_of(item.pointer).item<int64_t>();
    default:
      refuse("expected an int");
  }
}

double float_argument(const Item& item) {
  switch (item.tag) {
    case Tag::Float:
      return item.real;
    case Tag::Bool:
    case Tag::Int:
      return static_cast<double>(item.integer);
    case Tag::Tensor:
      return tensor_of(item.pointer).item<double>();
    default:
      refuse("expected a float");
  }
}

bool bool_argument(const Item& item) {
  switch (item.tag) {
    case Tag::Bool:
      return item.integer != 0;
    case Tag::Tensor:
      return tensor_of(item.pointer).item<bool>();
    default:
      refuse("expected a bool");
  }
}

int64_t dtype_argument(const Item& item) {
  auto number = integer_argument(item);
  if (number < 0 || number >= static_cast<int64_t>(c10::ScalarType::Undefined)) {
    refuse("no such dtype");
  }
  return number;
}

struct Elements {
  const Item* begin;
  size_t count;
};

// The elements of a list; a number alone stands for as many as the schema asks for.
Elements elements(const Item& item, std::vector<Item>& repeated, std::optional<int32_t> count) {
  if (item.tag == Tag::List) {
    return {static_cast<const Item*>(item.pointer), item.length};
  }
  repeated.assign(count.value_or(1), item);
  return {repeated.data(), repeated.size()};
}

c10::IValue converted(const Item& item, const c10::Type& type, std::optional<int32_t> count);

c10::IValue list_argument(const Item& item, const c10::ListType& type, std::optional<int32_t> count) {
  std::vector<Item> repeated;
  auto [begin, length] = elements(item, repeated, count);
  const auto& element = *type.getElementType();
  switch (element.kind()) {
    case c10::TypeKind::TensorType: {
      std::vector<at::Tensor> list;
      for (size_t i = 0; i < length; ++i) {
        list.push_back(tensor_argument(begin[i]));
      }
      return c10::IValue(std::move(list));
    }
    case c10::TypeKind::OptionalType: {
      c10::List<std::optional<at::Tensor>> list;
      for (size_t i = 0; i < length; ++i) {
        auto tensor = tensor_argument(begin[i]);
        list.push_back(tensor.defined() ? std::optional<at::Tensor>(tensor) : std::nullopt);
      }
      return c10::IValue(std::move(list));
    }
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: {
      c10::List<int64_t> list;
      for (size_t i = 0; i < length; ++i) {
        list.push_back(integer_argument(begin[i]));
      }
      return c10::IValue(std::move(list));
    }
    case c10::TypeKind::FloatType: {
      c10::List<double> list;
      for (size_t i = 0; i < length; ++i) {
        list.push_back(float_argument(begin[i]));
      }
      return c10::IValue(std::move(list));
    }
    case c10::TypeKind::BoolType: {
      c10::List<bool> list;
      for (size_t i = 0; i < length; ++i) {
        list.push_back(bool_argument(begin[i]));
      }
      return c10::IValue(std::move(list));
    }
    case c10::TypeKind::NumberType: {
      c10::impl::GenericList list(c10::NumberType::get());
      for (size_t i = 0; i < length; ++i) {
        list.push_back(c10::IValue(scalar_of(begin[i])));
      }
      return c10::IValue(std::move(list));
    }
    default: {
      c10::impl::GenericList list(type.getElementType());
      for (size_t i = 0; i < length; ++i) {
        list.push_back(converted(begin[i], element, std::nullopt));
      }
      return c10::IValue(std::move(list));
    }
  }
}

c10::IValue converted(const Item& item, const c10::Type& type, std::optional<int32_t> count) {
  switch (type.kind()) {
    case c10::TypeKind::OptionalType: {
      if (item.tag == Tag::None) {
        return c10::IValue();
      }
      return converted(item, *type.expectRef<c10::OptionalType>().getElementType(), count);
    }
    case c10::TypeKind::TensorType:
      return c10::IValue(tensor_argument(item));
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
    case c10::TypeKind::LayoutType:
    case c10::TypeKind::MemoryFormatType:
    case c10::TypeKind::QSchemeType:
      return c10::IValue(integer_argument(item));
    case c10::TypeKind::ScalarTypeType:
      return c10::IValue(dtype_argument(item));
    case c10::TypeKind::FloatType:
      return c10::IValue(float_argument(item));
    case c10::TypeKind::BoolType:
      return c10::IValue(bool_argument(item));
    case c10::TypeKind::NumberType:
      return c10::IValue(scalar_of(item));
    case c10::TypeKind::StringType:
      if (item.tag != Tag::Str) {
        refuse("expected a str");
      }
      return c10::IValue(std::string(static_cast<const char*>(item.pointer), item.length));
    case c10::TypeKind::DeviceObjType:
      if (item.tag != Tag::Device) {
        refuse("expected a device");
      }
      return c10::IValue(
          c10::Device(static_cast<c10::DeviceType>(item.integer), static_cast<c10::DeviceIndex>(item.index)));
    case c10::TypeKind::GeneratorType:
      if (item.tag != Tag::Generator) {
        refuse("expected a Generator");
      }
      return c10::IValue(generator_of(item.pointer));
    case c10::TypeKind::StorageType:
      if (item.tag != Tag::Storage) {
        refuse("expected a storage");
      }
      return c10::IValue(storage_of(item.pointer));
    case c10::TypeKind::ListType:
      return list_argument(item, type.expectRef<c10::ListType>(), count);
    case c10::TypeKind::TupleType: {
      const auto types = type.expectRef<c10::TupleType>().elements();
      if (item.tag != Tag::List || item.length != types.size()) {
        refuse("expected a " + type.str());
      }
      std::vector<c10::IValue> parts;
      for (size_t i = 0; i < item.length; ++i) {
        parts.push_back(converted(static_cast<const Item*>(item.pointer)[i], *types[i], std::nullopt));
      }
      return c10::ivalue::Tuple::create(std::move(parts));
    }
    default:
      refuse("arguments of type " + type.str() + " are not supported");
  }
}

}  // namespace

std::vector<c10::IValue> stack_of(const c10::FunctionSchema& schema, const Item* items, size_t count) {
  const auto& arguments = schema.arguments();
  if (count != arguments.size()) {
    refuse(schema.name() + ": wrong number of arguments");
  }
  std::vector<c10::IValue> stack;
  stack.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const auto& argument = arguments[i];
    if (items[i].tag != Tag::Missing) {
      stack.push_back(converted(items[i], *argument.real_type(), argument.N()));
    } else if (argument.default_value()) {
      stack.push_back(*argument.default_value());
    } else if (argument.real_type()->kind() == c10::TypeKind::OptionalType) {
      stack.emplace_back();
    } else {
      refuse(schema.name() + "() missing argument '" + argument.name() + "'");
    }
  }
  return stack;
}

namespace {

// What no kernel of libtorch asks: whether the tensors among the arguments have the memory that it will use.
void check_memory(const Operator& op, const c10::IValue& value) {
  if (value.isTensor()) {
    const auto& tensor = value.toTensor();
    TORCH_CHECK(
        !op.resizes || !tensor.defined() || !tensor._is_zerotensor(),
        "ZeroTensors are immutable. Please use the materialized zero tensor obtained using .clone() if you want a "
        "mutable tensor.");
    if (!op.looks) {
      need_data(tensor);
    }
  } else if (value.isTensorList() || value.isOptionalTensorList()) {
    for (const c10::IValue& one : value.toListRef()) {
      check_memory(op, one);
    }
  }
}

}  // namespace

}  // namespace torchsh

using namespace torchsh;

extern "C" {

// The operator of this name and overload; null where there is none.
Fault* torchsh_operator(const char* name, const char* overload, void** out) {
  return guarded([&] {
    *out = nullptr;
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle) {
      return;
    }
    auto found = std::make_unique<Operator>(
        Operator{*handle, "", makes_tensors(handle->schema()), looks_only(handle->schema()), false});
    found->resizes = handle->schema().name().rfind("aten::resize_", 0) == 0;
    for (const auto& argument : handle->schema().arguments()) {
      bool is_out = argument.is_out();
      found->names += (is_out ? ">" : "") + argument.name() + "\n";
    }
    *out = found.release();
  });
}

const char* torchsh_operator_arguments(const void* op) {
  return static_cast<const Operator*>(op)->names.c_str();
}

// The names of its results, one a line; an unnamed one is an empty line.
Fault* torchsh_operator_results(const void* op, char** out) {
  return guarded([&] {
    std::string names;
    for (const auto& result : static_cast<const Operator*>(op)->handle.schema().returns()) {
      names += result.name() + "\n";
    }
    *out = copied(names);
  });
}

Fault* torchsh_call(const void* op, const Item* items, size_t count, void** out) {
  return guarded([&] {
    const auto& known = *static_cast<const Operator*>(op);
    const auto& handle = known.handle;
    auto stack = stack_of(handle.schema(), items, count);
    for (const auto& value : stack) {
      check_memory(known, value);
    }
    if (known.makes) {
      at::AutoDispatchBelowADInplaceOrView below;
      handle.callBoxed(stack);
    } else {
      handle.callBoxed(stack);
    }
    auto results = std::make_unique<Results>();
    const auto& returns = handle.schema().returns();
    for (size_t i = 0; i < stack.size(); ++i) {
      auto type = i < returns.size() ? returns[i].real_type() : c10::TypePtr(c10::AnyType::get());
      results->items.push_back(result_item(*results, stack[i], *type));
    }
    *out = results.release();
  });
}

}  // extern "C"
