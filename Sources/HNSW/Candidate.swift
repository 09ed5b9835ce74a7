/// The number by which a store knows a vertex of one level; below `VertexID.limit`.
public typealias VertexID = UInt32

extension VertexID {
  /// No vertex.
  public static let none = VertexID.max
  /// Vertex numbers are below 2^31, so that one fits a `Candidate` beside its flag.
  public static let limit = VertexID(1) << 31
}

/// A vertex with its distance from the query, ordered by distance and then by number, and whether
/// it was expanded.
///
/// One word: the distance's bits (distances are never negative, so their bits order like the
/// values), then the vertex, then the flag.
public struct Candidate: BitwiseCopyable, Comparable {
  private(set) var bits: UInt64

  @inline(__always)
  public init(_ vertex: VertexID, distance: Float) {
    bits = UInt64(distance.bitPattern) << 32 | UInt64(vertex) << 1
  }

  public var vertex: VertexID {
    @inline(__always) get { VertexID(truncatingIfNeeded: bits >> 1) & (VertexID.limit &- 1) }
  }

  public var distance: Float {
    @inline(__always) get { Float(bitPattern: UInt32(truncatingIfNeeded: bits >> 32)) }
  }

  /// Whether the vertex's neighbours have been looked at.
  public var isExpanded: Bool {
    @inline(__always) get { bits & 1 != 0 }
    @inline(__always) set { bits = bits & ~1 | (newValue ? 1 : 0) }
  }

  @inline(__always)
  public static func < (left: Candidate, right: Candidate) -> Bool { left.bits < right.bits }

  /// All ones when this candidate comes before the other, and 0 when it does not, without a branch.
  @inline(__always)
  func maskIfBefore(_ other: Candidate) -> Int {
    // Distances are never negative, so the words' highest bits are 0.
    Int(bitPattern: UInt(truncatingIfNeeded: bits &- other.bits)) >> 63
  }
}
