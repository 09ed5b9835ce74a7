import CPostgres
import HNSW
import Vectors

/// Encodes the edges of a graph in memory, all of which are written one after the other.
///
/// To rotate a vector costs more than to encode an edge, and each is the neighbour of many that are
/// written together, as the order is `LocalityOrder`'s. So rotated vectors are kept while their room
/// is not needed for another's.
@safe struct GraphEncoder: ~Copyable {
  private var encoder: EdgeEncoder
  private var rotated: GrowableBuffer<Float>
  /// Which node's vector each place has.
  private var owners: GrowableBuffer<VertexID>
  private let mask: Int

  /// The room for rotated vectors: about what stays in the processor's cache.
  private static var bytes: Int { 8 << 20 }

  init(_ format: CodeFormat, mean: consuming GrowableBuffer<Float>) {
    encoder = EdgeEncoder(format, mean: mean)
    var places = 256
    while places &* 2 &* format.rotated &* MemoryLayout<Float>.stride <= Self.bytes { places &*= 2 }
    mask = places &- 1
    rotated = GrowableBuffer(serverMemory, capacity: places &* format.rotated)
    owners = GrowableBuffer(serverMemory, capacity: places)
    for _ in 0..<places { owners.append(.none) }
  }

  /// Encodes all neighbours of a vertex.
  mutating func encode(
    _ list: borrowing NeighbourList, of vertex: VertexID, in graph: borrowing MemoryGraph,
    _ order: borrowing LocalityOrder
  ) {
    encoder.removeAll()
    unsafe encoder.begin(rotatedHost: rotatedVector(of: vertex, in: graph, order))
    for place in 0..<list.count {
      unsafe encoder.append(rotated: rotatedVector(of: list.id(place), in: graph, order))
    }
  }

  /// Writes the codes to the vertex's record.
  func write(to record: VertexRecord) { encoder.writeAll(to: record) }

  func writeMean(to file: IndexFile) -> BlockNumber { encoder.writeMean(to: file) }

  /// A node's vector, rotated; valid until the next is asked for.
  private mutating func rotatedVector(
    of vertex: VertexID, in graph: borrowing MemoryGraph, _ order: borrowing LocalityOrder
  ) -> UnsafePointer<Float> {
    let place = Int(order.place(of: vertex)) & mask
    // SAFETY: there is room for a vector at each place.
    let room = unsafe rotated.memory + place &* encoder.format.rotated
    if owners[place] != vertex {
      owners[place] = vertex
      unsafe graph.format.decode(
        graph.codes(of: vertex), graph.code(of: vertex), into: encoder.vector.memory)
      unsafe encoder.rotate(encoder.vector.memory, into: room)
    }
    return unsafe UnsafePointer(room)
  }
}
