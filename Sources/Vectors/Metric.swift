/// What "near" means to an index.
///
/// A metric is its number in the meta page, which must never change its meaning, and here, what it
/// asks of a vector and how its distances follow from the stored form. The squared Euclidean
/// distance asks nothing of a vector; a metric that does (cosine: unit length; Hamming: bits) says
/// so in a member of this type.
public enum Metric: UInt8, Sendable {
  /// The squared Euclidean distance, the operator `<->`.
  case l2sq = 1
}

/// The position, from 0, of the first component of `x` (`d` floats) that is NaN or infinite and so
/// has no place in an order of distances, or nil.
@inlinable
public func firstNonFinite(_ x: UnsafePointer<Float>, _ d: Int) -> Int? {
  // SAFETY: The caller promises `d` floats.
  for i in 0..<d where unsafe !x[i].isFinite {
    return i
  }
  return nil
}
