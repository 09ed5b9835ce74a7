import CKernels
import Vectors

/// What codes the edges of a graph in memory, one vertex's after the other's, and estimates the
/// distances from a query.
@safe public struct GraphCoder: ~Copyable {
  private var vectors: RotatedVectors
  private var estimator: QueryEstimator
  /// The vector of the node begun with, rotated, as it is stored.
  private var begun: GrowableBuffer<Float>
  private var code: GrowableBuffer<UInt8>

  /// A coder that keeps the rotated vectors of up to `count` nodes in so many bytes.
  public init(
    _ allocator: Allocator, _ rotation: consuming CentredRotation, count: Int, bytes: Int
  ) {
    let format = rotation.format
    begun = GrowableBuffer(allocator, capacity: format.rotated)
    code = GrowableBuffer(allocator, capacity: format.codeBytes)
    estimator = QueryEstimator(allocator, format)
    vectors = RotatedVectors(allocator, rotation, count: count, bytes: bytes)
  }

  private var format: CodeFormat { vectors.rotation.format }

  /// What is looked up for a query: see `QueryEstimator.begin`.
  mutating func tables(for query: UnsafeRawPointer) -> QueryTables? {
    unsafe estimator.begin(query, &vectors.rotation)
    return estimator.tables
  }

  /// Begins with a node whose edges come next. Nodes have numbers as in `RotatedVectors.vector`.
  public mutating func begin(_ vertex: VertexID, numbered number: UInt32, _ stored: StoredVector) {
    // SAFETY: both are rotated vectors.
    unsafe UnsafeMutableRawPointer(begun.memory).copyMemory(
      from: vectors.vector(of: vertex, numbered: number, stored),
      byteCount: format.rotated &* MemoryLayout<Float>.stride)
  }

  /// Encodes the edge from that node to a neighbour. The code is valid until the next is made.
  public mutating func encode(
    to neighbour: VertexID, numbered number: UInt32, _ stored: StoredVector
  ) -> EdgeCode {
    let vector = unsafe vectors.vector(of: neighbour, numbered: number, stored)
    // SAFETY: there is room for a code.
    return unsafe EdgeCode(
      code: code.memory, factors: format.encode(vector, at: begun.memory, into: code.memory))
  }

  /// Begins to fetch what is needed to encode an edge to or from a neighbour.
  func prefetch(numbered number: UInt32) { vectors.prefetch(numbered: number) }

  /// Encodes the edge to that node from a neighbour.
  mutating func encode(from neighbour: VertexID, _ stored: StoredVector) -> EdgeCode {
    let vector = unsafe vectors.vector(of: neighbour, numbered: neighbour, stored)
    return unsafe EdgeCode(
      code: code.memory, factors: format.encode(begun.memory, at: vector, into: code.memory))
  }
}

/// The code of an edge, somewhere in memory, and its factors.
@safe public struct EdgeCode: BitwiseCopyable {
  public let code: UnsafePointer<UInt8>
  public let factors: CodeFactors

  public init(code: UnsafePointer<UInt8>, factors: CodeFactors) {
    unsafe self.code = unsafe code
    self.factors = factors
  }
}

/// A vector as a graph in memory has it.
@safe public struct StoredVector {
  let codes: UnsafeRawPointer
  let code: VectorCode
  let format: VectorFormat
}
