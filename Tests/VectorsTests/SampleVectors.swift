/// The kinds of vectors the tests draw, from what people store to what no one should.
enum Sample: String, CaseIterable, Sendable {
  case embedding  // of about unit length
  case bytes  // 0 ... 255, as SIFT and MNIST
  case signedBytes
  case halves  // floats that are IEEE halves
  case smallHalves
  case large  // about 1e5, beyond the halves
  case squareOverflows  // about 1e19: squared distances at the end of the floats' range
  case huge  // up to the largest float
  case tiny  // about 1e-20: squares are subnormal
  case squareVanishes  // about 1e-25: squares are 0
  case subnormal
  case constant
  case zero
  case outlier  // one component 1e6 times the others
  case sparse
  case offset  // close together and far from 0
  case mixed  // any exponent
  case bits  // any finite float

  func vector(_ d: Int, _ random: inout SplitMix64) -> [Float] {
    let level = random.unit()
    var x = (0..<d).map { _ in component(level, &random) }
    if self == .outlier, d > 0 { x[Int.random(in: 0..<d, using: &random)] *= 1e6 }
    return x
  }

  private func component(_ level: Float, _ random: inout SplitMix64) -> Float {
    switch self {
    case .embedding: random.unit() * 0.06
    case .bytes: Float(UInt8.random(in: 0...255, using: &random))
    case .signedBytes: Float(Int8.random(in: -128...127, using: &random))
    case .halves: Float(Float16(random.unit() * 100))
    case .smallHalves: Float(Float16(random.unit() * 0x1p-10))
    case .large: random.unit() * 1e5
    case .squareOverflows: random.unit() * 1e19
    case .huge: random.unit() * .greatestFiniteMagnitude
    case .tiny: random.unit() * 1e-20
    case .squareVanishes: random.unit() * 1e-25
    case .subnormal: random.unit() * .leastNormalMagnitude
    case .constant: level
    case .zero: 0
    case .outlier: random.unit()
    case .sparse: Int.random(in: 0..<8, using: &random) == 0 ? random.unit() : 0
    case .offset: 1000 + random.unit()
    case .mixed:
      random.unit()
        * Float(sign: .plus, exponent: Int.random(in: -149...126, using: &random), significand: 1)
    case .bits: anyFinite(&random)
    }
  }
}

/// A finite float of random bits.
func anyFinite(_ random: inout SplitMix64) -> Float {
  while true {
    let x = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    if x.isFinite { return x }
  }
}

/// Every tail of every variant's loop, and a few lengths of real embeddings.
let lengths = Array(0...100) + [127, 128, 129, 255, 300, 768, 1000, 1023, 1536, 2000]
