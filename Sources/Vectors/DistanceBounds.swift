import CKernels

/// An interval of squared distances.
public struct DistanceBounds: Equatable, Sendable {
  /// The least the distance can be; finite, unless the distance is known exactly.
  public let lower: Float
  /// The most the distance can be, which may be infinity.
  public let upper: Float

  /// The interval between two distances.
  @inlinable
  public init(lower: Float, upper: Float) {
    self.lower = lower
    self.upper = upper
  }
}

/// The distances that a SQL function can compute from a query to a vector, given what a kernel
/// computed from the query to the vector as stored (`stored`), and the distance between vector and
/// stored vector.
///
/// With residual 0 the vectors are equal and so are the distances of `lantern_l2sq_f32`. Otherwise,
/// with s the distance to the stored vector and e the residual, the triangle inequality says that
/// the true distance is in [s - e, s + e]; around it comes the rounding of both computations. A
/// kernel rounds a component's difference and its square and then adds at most `dimensions / 16 + 4`
/// sums (the portable kernel, which keeps 16 lanes; the others fewer), all of terms >= 0: so the
/// relative error is below `(dimensions / 16 + 8) * 2^-24`, and each square may lose 2^-150 below
/// the smallest float. pgvector's sum is of `dimensions` terms, in whatever order its compiler
/// chose, and of it the function takes the square root.
///
/// A stored distance of infinity says that the true sum is beyond the largest float; one of NaN,
/// from a query with NaN, is taken for infinity.
func squaredDistanceBounds(
  stored s2: Float, residual: Float, dimensions: Int, function: DistanceFunction = .lantern
) -> DistanceBounds {
  if residual == 0 && function == .lantern { return DistanceBounds(lower: s2, upper: s2) }
  let sums = function == .lantern ? dimensions / 16 : dimensions
  let relative = Double(sums &+ 12) * 0x1p-24
  let absolute = Double(dimensions) * 0x1p-149
  let e = Double(residual)

  let overflow = !(s2 < .infinity)
  let known = overflow ? Double(Float.greatestFiniteMagnitude) : Double(s2)
  let least = max(0, lantern_square_root(max(0, (known - absolute) / (1 + relative))) - e)
  let lower = max(0, least * least * (1 - relative) - absolute)
  var upper = Double.infinity
  if !overflow {
    let most = lantern_square_root((known + absolute) / (1 - relative)) + e
    upper = most * most * (1 + relative) + absolute
  }
  if function == .lantern {
    return DistanceBounds(lower: roundedDown(lower), upper: roundedUp(upper))
  }
  return DistanceBounds(
    lower: roundedDown(lantern_square_root(lower)), upper: roundedUp(lantern_square_root(upper)))
}
