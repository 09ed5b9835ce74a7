/// The squared Euclidean distance between two vectors of `d` floats, by definition, in Double: what
/// the kernels must equal up to their rounding. Its own relative error is below `(d + 2) * 2^-53`,
/// and no two floats overflow it.
public func referenceSquaredDistance(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ d: Int
) -> Double {
  // SAFETY: The caller promises `d` floats in each vector.
  var sum = 0.0
  for i in 0..<d {
    let difference = unsafe Double(a[i]) - Double(b[i])
    sum += difference * difference
  }
  return sum
}
