// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/double_double.hpp>
#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// Linear least squares by Householder's QR decomposition: y is fitted by the columns of a design.
///
/// Real      double, or detail::double_double, which has digits to spare for designs that are nearly collinear: of the
///           condition number c of the columns, double loses log10 c digits, and with c above 1e15 all of them.
/// Prefixes  one decomposition answers for the first 1, 2 ... k columns: residual_squares(k). That is what a search
///           over lags needs.
/// Cost      2 n k^2 operations. No allocation up to reserve(n, k).
/// Source    Businger & Golub, Numerische Mathematik 7, 1965.
template <class Real = double>
class least_squares {
 public:
  void reserve(std::size_t rows, std::size_t columns) {
    if (cells_.size() < rows * columns) cells_.resize(rows * columns);
    if (y_.size() < rows) y_.resize(rows);
    if (diagonal_.size() < columns) {
      diagonal_.resize(columns);
      solution_.resize(columns);
      work_.resize(columns);
    }
  }

  /// A design of so many rows and columns, to be filled in: column(j) and y().
  void resize(std::size_t rows, std::size_t columns) {
    reserve(rows, columns);
    rows_ = rows;
    columns_ = columns;
  }
  /// The j-th column of the design, to be filled in; decompose() overwrites it.
  [[nodiscard]] std::span<Real> column(std::size_t j) noexcept { return {cells_.data() + j * rows_, rows_}; }
  /// The right-hand side, to be filled in; decompose() overwrites it.
  [[nodiscard]] std::span<Real> y() noexcept { return {y_.data(), rows_}; }
  /// As resize() was told.
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }

  /// Decomposes; column() and y() are then used up. False where the columns are linearly dependent as far as Real can
  /// tell, or more than the rows.
  bool decompose() noexcept {
    using std::sqrt;
    if (columns_ > rows_) return false;
    bool independent = true;
    for (std::size_t k = 0; k < columns_; ++k) {
      Real* const v = cells_.data() + k * rows_;
      Real whole{0.0}, squares{0.0};
      for (std::size_t i = 0; i < k; ++i) whole = whole + v[i] * v[i];
      for (std::size_t i = k; i < rows_; ++i) squares = squares + v[i] * v[i];
      const Real norm = sqrt(squares);
      independent &= static_cast<double>(squares) > static_cast<double>(whole) * tolerance();
      const Real pivot = v[k] < Real{0.0} ? norm : -norm;
      diagonal_[k] = pivot;
      if (!(static_cast<double>(norm) > 0)) continue;
      // v becomes the reflector's vector; |v|^2 = 2 (norm^2 - pivot v_k).
      const Real half = squares - pivot * v[k];
      v[k] = v[k] - pivot;
      const auto reflect = [&](Real* column) {
        Real dot{0.0};
        for (std::size_t i = k; i < rows_; ++i) dot = dot + v[i] * column[i];
        const Real factor = dot / half;
        for (std::size_t i = k; i < rows_; ++i) column[i] = column[i] - factor * v[i];
      };
      for (std::size_t j = k + 1; j < columns_; ++j) reflect(cells_.data() + j * rows_);
      reflect(y_.data());
    }
    return independent;
  }

  /// Sum of squared residuals of the fit by the first `columns` columns.
  [[nodiscard]] Real residual_squares(std::size_t columns) const noexcept {
    Real sum{0.0};
    for (std::size_t i = rows_; i > columns; --i) sum = sum + y_[i - 1] * y_[i - 1];
    return sum;
  }
  /// Student's t of the last of the first `columns` columns.
  [[nodiscard]] double t_of_last(std::size_t columns) const noexcept {
    const double variance = static_cast<double>(residual_squares(columns)) / static_cast<double>(rows_ - columns);
    const auto z = static_cast<double>(y_[columns - 1]);
    return (static_cast<double>(diagonal_[columns - 1]) < 0 ? -z : z) / std::sqrt(variance);
  }

  /// Coefficients of the fit by all columns.
  [[nodiscard]] std::span<const Real> coefficients() noexcept {
    for (std::size_t k = columns_; k-- > 0;) {
      Real sum = y_[k];
      for (std::size_t j = k + 1; j < columns_; ++j) sum = sum - cells_[j * rows_ + k] * solution_[j];
      solution_[k] = sum / diagonal_[k];
    }
    return {solution_.data(), columns_};
  }
  /// Standard error of coefficient j, the errors having the variance that the residuals show.
  [[nodiscard]] double standard_error(std::size_t j) noexcept {
    using std::sqrt;
    // The j-th row of R^-1: from j to the end.
    Real squares{0.0};
    for (std::size_t k = j; k < columns_; ++k) {
      Real sum{k == j ? 1.0 : 0.0};
      for (std::size_t i = j; i < k; ++i) sum = sum - work_[i] * cells_[k * rows_ + i];
      work_[k] = sum / diagonal_[k];
      squares = squares + work_[k] * work_[k];
    }
    const Real variance = residual_squares(columns_) / Real{static_cast<double>(rows_ - columns_)};
    return static_cast<double>(sqrt(variance * squares));
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this +
           (cells_.capacity() + y_.capacity() + diagonal_.capacity() + solution_.capacity() + work_.capacity()) *
               sizeof(Real);
  }

 private:
  /// The share of a column's square below which it counts as a combination of those before it.
  static constexpr double tolerance() noexcept { return sizeof(Real) > sizeof(double) ? 1e-60 : 1e-28; }

  std::vector<Real> cells_;  // column after column; above the diagonal R, from it down the reflectors
  std::vector<Real> y_, diagonal_, solution_, work_;
  std::size_t rows_ = 0, columns_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
