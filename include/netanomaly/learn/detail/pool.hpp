// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::learn::detail {

/// An array of fixed capacity of which the first size() elements are in use. Its memory is taken at construction and
/// touched as it comes into use; copies have the same capacity.
template <class T>
class pool {
 public:
  pool() = default;
  explicit pool(std::size_t capacity)
      : data_(std::make_unique_for_overwrite<T[]>(capacity)),  // NOLINT(modernize-avoid-c-arrays): as below
        capacity_(capacity) {}
  pool(const pool& other) : pool(other.capacity_) { take(other); }
  pool(pool&& other) noexcept { swap(other); }
  pool& operator=(const pool& other) {
    if (this == &other) return *this;
    if (capacity_ == other.capacity_) {
      take(other);
    } else {
      pool copy(other);
      swap(copy);
    }
    return *this;
  }
  pool& operator=(pool&& other) noexcept {
    pool taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~pool() = default;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return capacity_ * sizeof(T); }
  /// New elements have the value; at most capacity() of them.
  void resize(std::size_t size, T value = T{}) noexcept {
    if (size > size_) std::fill(data_.get() + size_, data_.get() + size, value);
    size_ = size;
  }
  [[nodiscard]] T* data() noexcept { return data_.get(); }
  [[nodiscard]] const T* data() const noexcept { return data_.get(); }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  [[nodiscard]] std::span<T> used() noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::span<const T> used() const noexcept { return {data_.get(), size_}; }

 private:
  void swap(pool& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
  }
  void take(const pool& other) noexcept {
    std::copy_n(other.data_.get(), other.size_, data_.get());
    size_ = other.size_;
  }

  std::unique_ptr<T[]> data_;  // NOLINT(modernize-avoid-c-arrays): an array of a size known at construction
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::learn::detail
