import CKernels

/// How a node keeps codes of its neighbours, from which the distances of all of them from a query
/// are estimated at once, without reading a neighbour.
///
/// The code of neighbour x at node p is the direction of r = R(x - p), R a random rotation, with a
/// few bits for each of the first `coded` components, packed (RaBitQ, arXiv 2405.12497; for
/// neighbours of a node, SymphonyQG, arXiv 2411.12229). Each neighbour's code is in one piece, so
/// that a new edge changes few bytes of a page; what FastScan wants beside each other, the
/// processor brings there as it reads.
public struct CodeFormat: Equatable, Sendable {
  /// Bits a component: 1, 2 or 4.
  public let bits: Int
  /// The components of a vector.
  public let dimensions: Int
  /// The same, rounded up to what a rotation takes.
  public let rotated: Int
  /// The rotated components that codes cover.
  public let coded: Int
  /// Which rotation.
  public let seed: UInt64

  /// Codes of so many bits that cover `coded` rotated components, or as many as there are.
  public init(bits: Int, dimensions: Int, coded: Int = mostCoded, seed: UInt64) {
    self.bits = bits
    self.dimensions = dimensions
    self.seed = seed
    rotated = (dimensions &+ 7) & ~7
    self.coded = min(rotated, coded)
  }

  /// The widths that there are.
  public static func isPossible(bits: Int) -> Bool { bits == 1 || bits == 2 || bits == 4 }

  /// The most components covered: the error of an estimate falls with the bits of a code, and 512
  /// are enough.
  public static var mostCoded: Int { 512 }
  /// The neighbours whose distances are estimated at once.
  public static var blockSize: Int { Int(LANTERN_BLOCK) }

  /// Groups of four bits.
  public var groups: Int { coded &* bits / 4 }
  /// The bytes of a neighbour's code.
  public var codeBytes: Int { groups / 2 }
  /// The bytes of a query's tables.
  public var tableBytes: Int { ((groups &+ 31) & ~31) &* 16 }
  /// The places for so many neighbours in whole blocks.
  public func padded(degree: Int) -> Int {
    (degree &+ Self.blockSize &- 1) & ~(Self.blockSize &- 1)
  }

  /// Rotates a vector of `dimensions` floats into `room`, which has space for `rotated`.
  public func rotate(_ x: UnsafePointer<Float>, into room: UnsafeMutablePointer<Float>) {
    // SAFETY: The caller promises `dimensions` floats and room for `rotated`.
    // As bytes: an update of the elements is compiled to a loop over them.
    unsafe UnsafeMutableRawPointer(room).copyMemory(
      from: x, byteCount: dimensions &* MemoryLayout<Float>.stride)
    for i in dimensions..<rotated { unsafe room[i] = 0 }
    unsafe lantern_rotate(room, Int32(truncatingIfNeeded: rotated), seed)
  }
}

/// What turns the code of a neighbour into an estimate of its squared distance from a query, which
/// is `|q - p|^2 + a - b * <R q, code>`.
public typealias CodeFactors = LanternCodeFactors

extension CodeFactors {
  /// Those of a neighbour that is infinitely far.
  public static var infinitelyFar: CodeFactors { CodeFactors(b: 0, a: 0x7F80) }

  /// Whether an estimate made of them is a number.
  public var areValid: Bool {
    !Float(bitPattern: UInt32(a) << 16).isNaN && Float(bitPattern: UInt32(b) << 16).isFinite
  }
}

extension CodeFormat {
  /// Writes the code of a neighbour, `codeBytes` bytes.
  ///
  /// `host` and `neighbour` are both vectors, rotated; the distances are from the host as stored.
  /// With v the values of the code, |r|^2 / <v, r> <q - p, v> is an unbiased estimate of
  /// <q - p, r>, so that b = 2 |r|^2 / <v, r> and a = |r|^2 + b <p, v>.
  public func encode(
    _ neighbour: UnsafePointer<Float>, at host: UnsafePointer<Float>,
    into code: UnsafeMutablePointer<UInt8>
  ) -> CodeFactors {
    // SAFETY: The caller promises `rotated` floats in each vector and room for the code.
    unsafe lantern_encode_code(neighbour, host, shape, code)
  }

  /// The step between codes, for components that are normally distributed, is that by which they
  /// are nearest to what they stand for (Max, Quantizing for minimum distortion, 1960).
  private var shape: LanternCodeShape {
    LanternCodeShape(
      rotated: Int32(truncatingIfNeeded: rotated), coded: Int32(truncatingIfNeeded: coded),
      bits: Int32(truncatingIfNeeded: bits),
      step_of_deviation: bits == 1 ? 1.596 : bits == 2 ? 0.9957 : 0.3352)
  }
}
