/// The highest level a vertex can have; with m = 2 one node in 2^15 would go beyond it.
public let maximumLevel = 15

/// Draws a node's level: `level` or higher with probability m^-level (the paper's section 4.1, mL =
/// 1 / ln m).
///
/// The draw is a function of the seed, so that the same rows give the same graph.
public func drawLevel(seed: UInt64, m: Int) -> Int {
  // SplitMix64's finalizer.
  var z = seed &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  z ^= z >> 31
  // A uniform draw from (0, 1]; each level takes another factor of m.
  var uniform = (Double(z >> 11) + 1) * 0x1p-53
  var level = 0
  while level < maximumLevel && uniform * Double(m) <= 1 {
    uniform *= Double(m)
    level &+= 1
  }
  return level
}
