import CPostgres
import Vectors

/// An argument of type real[] as a vector, detoasted if need be, in the current memory context.
@safe struct IndexedVector {
  private let argument: LanternVectorArgument

  /// Raises an error when an element is null.
  init(_ value: Datum) { unsafe argument = unsafe lantern_vector_argument(value) }

  var count: Int { unsafe Int(argument.count) }
  var elements: UnsafePointer<Float> { unsafe argument.elements }

  /// Raises an error unless the vector can be indexed: it has the index's dimensions and is finite
  /// throughout.
  func check(dimensions: Int) {
    if count != dimensions {
      lantern_error_wrong_dimensions(
        Int32(truncatingIfNeeded: count), Int32(truncatingIfNeeded: dimensions))
    }
    if let position = unsafe firstNonFinite(elements, count) {
      lantern_error_not_finite(
        Int32(truncatingIfNeeded: position &+ 1), unsafe elements[position])
    }
  }

  func free() { unsafe lantern_free_vector_argument(argument) }
}
