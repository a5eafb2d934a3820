// What libtorch gives, as items.

#include "results.h"

namespace torchsh {
namespace {

Item list_item(Results& results, const c10::IValue& value, const c10::Type& type, Tag tag) {
  const auto& element = type.kind() == c10::TypeKind::ListType
      ? *type.expectRef<c10::ListType>().getElementType()
      : static_cast<const c10::Type&>(*c10::AnyType::get());
  std::vector<Item> items;
  auto push = [&](const c10::IValue& one) { items.push_back(result_item(results, one, element)); };
  if (value.isTuple()) {
    for (const auto& one : value.toTupleRef().elements()) {
      push(one);
    }
  } else {
    for (const c10::IValue& one : value.toListRef()) {
      push(one);
    }
  }
  results.lists.push_back(std::move(items));
  Item item{tag};
  item.pointer = results.lists.back().data();
  item.length = results.lists.back().size();
  return item;
}

Item integer_item(int64_t number, const c10::Type& type) {
  Item item{Tag::Int};
  item.integer = number;
  const c10::Type* inner = &type;
  if (type.kind() == c10::TypeKind::OptionalType) {
    inner = type.expectRef<c10::OptionalType>().getElementType().get();
  }
  switch (inner->kind()) {
    case c10::TypeKind::ScalarTypeType:
      item.tag = Tag::Dtype;
      break;
    case c10::TypeKind::LayoutType:
      item.tag = Tag::Layout;
      break;
    case c10::TypeKind::MemoryFormatType:
      item.tag = Tag::MemoryFormat;
      break;
    default:
      break;
  }
  return item;
}

}  // namespace

Item result_item(Results& results, const c10::IValue& value, const c10::Type& type) {
  Item item{Tag::None};
  if (value.isTensor()) {
    const auto& tensor = value.toTensor();
    if (tensor.defined()) {
      results.held.push_back(value);
      item.tag = Tag::Tensor;
      item.pointer = tensor.unsafeGetTensorImpl();
    }
  } else if (value.isInt()) {
    return integer_item(value.toInt(), type);
  } else if (value.isSymInt()) {
    return integer_item(value.toSymInt().guard_int(__FILE__, __LINE__), type);
  } else if (value.isBool()) {
    item.tag = Tag::Bool;
    item.integer = value.toBool();
  } else if (value.isDouble()) {
    item.tag = Tag::Float;
    item.real = value.toDouble();
  } else if (value.isComplexDouble()) {
    item.tag = Tag::Complex;
    item.real = value.toComplexDouble().real();
    item.imaginary = value.toComplexDouble().imag();
  } else if (value.isString()) {
    results.texts.push_back(value.toStringRef());
    item.tag = Tag::Str;
    item.pointer = results.texts.back().data();
    item.length = results.texts.back().size();
  } else if (value.isDevice()) {
    item.tag = Tag::Device;
    item.integer = static_cast<int64_t>(value.toDevice().type());
    item.index = value.toDevice().index();
  } else if (value.isTuple()) {
    return list_item(results, value, type, Tag::Tuple);
  } else if (value.isList()) {
    return list_item(results, value, type, Tag::List);
  } else if (value.isGenericDict()) {
    // Only scripts answer so: as the names and values of a tuple that says what it is.
    c10::impl::GenericList names(c10::AnyType::get()), values(c10::AnyType::get());
    for (const auto& entry : value.toGenericDict()) {
      names.push_back(entry.key());
      values.push_back(entry.value());
    }
    auto parts = c10::ivalue::Tuple::create({c10::IValue(std::string("__dict__")), names, values});
    return list_item(results, parts, *c10::AnyType::get(), Tag::Tuple);
  }
  return item;
}

void* results_of(const std::vector<c10::IValue>& values) {
  auto results = std::make_unique<Results>();
  for (const auto& value : values) {
    results->items.push_back(result_item(*results, value, *c10::AnyType::get()));
  }
  return results.release();
}

Item number_item(const at::Tensor& tensor) {
  need_data(tensor);
  Results results;
  return result_item(results, c10::IValue(tensor.item()), *c10::AnyType::get());
}

}  // namespace torchsh

using namespace torchsh;

extern "C" {

const Item* torchsh_results(const void* results, size_t* count) {
  const auto& items = static_cast<const Results*>(results)->items;
  *count = items.size();
  return items.data();
}

void torchsh_results_free(void* results) {
  delete static_cast<Results*>(results);
}

}  // extern "C"
