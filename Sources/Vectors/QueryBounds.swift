/// How the distances that SQL computes from one query follow from those of stored vectors.
public struct QueryBounds: Sendable {
  private let format: VectorFormat
  private let function: DistanceFunction
  private let isZero: Bool

  /// The bounds for `query`, a vector that the metric has prepared.
  public init(
    _ format: VectorFormat, query: UnsafeRawPointer, function: DistanceFunction = .lantern
  ) {
    self.format = format
    self.function = function
    isZero = unsafe Vectors.isZero(query, format.dimensions)
  }

  /// The interval that holds the SQL function's distance to every vector stored with this code and
  /// measured at this distance.
  ///
  /// Two vectors of length 0 are at the cosine distance 0, and one of them at 1 from any other.
  public func bounds(stored: Float, code: VectorCode) -> DistanceBounds {
    if format.metric == .cosine && (isZero || code.isZero) {
      let distance: Float = isZero && (code.isZero || stored == 0) ? 0 : 1
      return DistanceBounds(lower: distance, upper: distance)
    }
    return format.metric.bounds(
      stored: stored, residual: code.residual, dimensions: format.dimensions, function: function)
  }

  /// A lower bound of the SQL function's distance to whatever is stored at this distance or beyond
  /// it, with a residual up to this one.
  ///
  /// A vector of length 0 is measured at less than its cosine distance.
  public func lowerBound(stored: Float, residual: Float) -> Float {
    bounds(stored: stored, code: VectorCode(scale: 1, offset: 0, residual: residual)).lower
  }
}
