/// A small generator of random numbers, equal on every platform and in every release for equal
/// seeds.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. The
/// standard library's `random(in:)` may change how it uses a generator, so this one has its own.
public struct SplitMix64 {
  private var state: UInt64

  /// A generator that gives the same numbers for the same seed.
  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A whole number in `0..<bound`; the bias of the remainder is below 2^-50 for the bounds used
  /// here.
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A number in `[0, 1)`.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Nearly normal, mean 0 and variance 1: the sum of twelve uniform numbers, exact arithmetic
  /// without libm.
  mutating func normal() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += unit() }
    return sum
  }

  /// One element of a list that is not empty.
  mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }
}
