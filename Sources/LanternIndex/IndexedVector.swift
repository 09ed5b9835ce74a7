import CPostgres
import Vectors

/// What an index's operator class says of its column.
@safe struct IndexedColumn {
  let metric: Metric
  let type: LanternVectorType

  /// Raises an error when the operator class is not one of ours.
  init(_ index: Relation) {
    guard let metric = Metric(rawValue: unsafe lantern_index_metric(index)) else {
      unsafe lantern_error_unsupported_metric(index)
    }
    self.metric = metric
    type = unsafe lantern_index_type(index)
  }

  /// Whose distances the scans of the index must follow.
  var distanceFunction: DistanceFunction { type == LANTERN_PGVECTOR ? .pgvector : .lantern }
}

/// An argument of the indexed type as a vector, detoasted if need be, in the current memory
/// context.
@safe struct IndexedVector {
  private let argument: LanternVectorArgument
  private let column: IndexedColumn

  /// Raises an error when an element is null.
  init(_ value: Datum, _ column: IndexedColumn) {
    unsafe argument = unsafe lantern_vector_argument(value, column.type)
    self.column = column
  }

  var count: Int { unsafe Int(argument.count) }
  /// The components as SQL has them.
  var elements: UnsafeRawPointer { unsafe argument.elements }

  /// The position, from 0, of a component that is no number; nil when there is none.
  var firstNonFinite: Int? {
    if column.metric.isOfBits { return nil }
    return unsafe Vectors.firstNonFinite(elements.assumingMemoryBound(to: Float.self), count)
  }

  /// Whether pgvector's function calls the distance to whatever vector NaN, so that it leaves the
  /// row out of its own indexes too.
  var isWithoutDistance: Bool {
    unsafe column.type == LANTERN_PGVECTOR && column.metric == .cosine && isZero(elements, count)
  }

  /// Raises an error unless the vector can be indexed: it has the index's dimensions and is finite
  /// throughout.
  func check(dimensions: Int) {
    if count != dimensions {
      lantern_error_wrong_dimensions(
        Int32(truncatingIfNeeded: count), Int32(truncatingIfNeeded: dimensions))
    }
    if let position = firstNonFinite {
      lantern_error_not_finite(
        Int32(truncatingIfNeeded: position &+ 1),
        unsafe elements.load(fromByteOffset: 4 &* position, as: Float.self))
    }
  }

  func free() { unsafe lantern_free_vector_argument(argument) }
}
