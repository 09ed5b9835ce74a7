import CKernels

/// How a node keeps codes of its neighbours, from which the distances of all of them from a query
/// are estimated at once, without reading a neighbour.
///
/// The code of neighbour x at node p is the direction of r = R(x - p), R a random rotation, with a
/// few bits for each of the first `coded` components (RaBitQ, arXiv 2405.12497; for neighbours of
/// a node, SymphonyQG, arXiv 2411.12229). The codes of 32 neighbours lie together in the order that
/// FastScan reads: for each bit, each group of four components, 16 bytes of nibbles.
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
  /// The neighbours whose codes lie together.
  public static var blockSize: Int { 32 }

  /// Groups of four components.
  public var groups: Int { coded / 4 }
  /// The bytes of one bit of a block of codes.
  public var planeBytes: Int { groups &* 16 }
  /// The bytes of a block of codes.
  public var blockBytes: Int { planeBytes &* bits }
  /// The places for so many neighbours in whole blocks.
  public func padded(degree: Int) -> Int {
    (degree &+ Self.blockSize &- 1) & ~(Self.blockSize &- 1)
  }
  /// The bytes of the codes of so many neighbours.
  public func codeBytes(degree: Int) -> Int {
    padded(degree: degree) / Self.blockSize &* blockBytes
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
public struct CodeFactors: BitwiseCopyable, Equatable, Sendable {
  public var a: Float
  /// The upper half of a float.
  public var b: UInt16

  public init(a: Float, b: UInt16) {
    self.a = a
    self.b = b
  }
}

extension CodeFactors {
  /// Whether an estimate made of them is a number.
  public var areValid: Bool { !a.isNaN && Float(bitPattern: UInt32(b) << 16).isFinite }
}

extension CodeFormat {
  /// Writes the code of neighbour number `place` into the codes of a node.
  ///
  /// `host` and `neighbour` are both vectors, rotated; the distances are from the host as stored.
  /// With v the values of the code, |r|^2 / <v, r> <q - p, v> is an unbiased estimate of
  /// <q - p, r>, so that b = 2 |r|^2 / <v, r> and a = |r|^2 + b <p, v>.
  public func encode(
    _ neighbour: UnsafePointer<Float>, at host: UnsafePointer<Float>, place: Int,
    into codes: UnsafeMutableRawPointer
  ) -> CodeFactors {
    let block = place / Self.blockSize &* blockBytes
    // SAFETY: The caller promises `rotated` floats in each vector and the bytes of the node's codes.
    let factors = unsafe lantern_encode_code(
      neighbour, host, shape, Int32(truncatingIfNeeded: place % Self.blockSize),
      codes.assumingMemoryBound(to: UInt8.self) + block)
    return CodeFactors(a: factors.a, b: factors.b)
  }

  /// The step between codes, for components that are normally distributed, is that by which they
  /// are nearest to what they stand for (Max, Quantizing for minimum distortion, 1960).
  private var shape: LanternCodeShape {
    LanternCodeShape(
      rotated: Int32(truncatingIfNeeded: rotated), coded: Int32(truncatingIfNeeded: coded),
      bits: Int32(truncatingIfNeeded: bits),
      step_of_deviation: bits == 1 ? 1.596 : bits == 2 ? 0.9957 : 0.3352)
  }

  /// Gives neighbour `place` the code that neighbour `from` has in another node's codes, or in an
  /// earlier state of the same.
  public func copy(
    place from: Int, of old: UnsafeRawPointer, to place: Int, of new: UnsafeMutableRawPointer
  ) {
    let oldShift = UInt8(truncatingIfNeeded: (from % Self.blockSize / 16) &* 4)
    let newShift = UInt8(truncatingIfNeeded: (place % Self.blockSize / 16) &* 4)
    let oldStart = from / Self.blockSize &* blockBytes &+ from % 16
    let newStart = place / Self.blockSize &* blockBytes &+ place % 16
    for row in 0..<(groups &* bits) {
      // SAFETY: as in `write`.
      let nibble =
        unsafe (old.load(fromByteOffset: oldStart &+ 16 &* row, as: UInt8.self) &>> oldShift) & 15
      let rest =
        unsafe new.load(fromByteOffset: newStart &+ 16 &* row, as: UInt8.self)
        & ~(15 &<< newShift)
      unsafe new.storeBytes(
        of: rest | nibble &<< newShift, toByteOffset: newStart &+ 16 &* row, as: UInt8.self)
    }
  }
}
