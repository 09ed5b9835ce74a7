import HNSW
import Testing
import Vectors

@Suite struct LocalityOrderTests {
  private func order(_ vectors: [[Float]], groupSize: Int) -> (places: [Int], inGroup: Double) {
    let graph = makeGraph(vectors).finish()
    let order = LocalityOrder(testMemory, graph, groupSize: groupSize)
    let places = (0..<graph.count).map { Int(order.place(of: VertexID($0))) }
    for (node, place) in places.enumerated() { #expect(order.node(at: place) == VertexID(node)) }
    var list = NeighbourList()
    var edges = 0
    var inside = 0
    for node in 0..<graph.count {
      graph.readList(of: VertexID(node), level: 0, into: &list)
      for index in 0..<list.count {
        edges += 1
        if places[node] / groupSize == places[Int(list.id(index))] / groupSize { inside += 1 }
      }
    }
    return (places, edges == 0 ? 0 : Double(inside) / Double(edges))
  }

  @Test(arguments: [1, 7, 16, 5000]) func everyNodeHasOnePlace(groupSize: Int) {
    let vectors = clusteredVectors(count: 1000, dimensions: 8, clusters: 20, seed: 51)
    #expect(order(vectors, groupSize: groupSize).places.sorted() == Array(0..<1000))
  }

  /// By chance a neighbour would be on the same page once in sixty times.
  @Test func neighboursComeTogether() {
    let vectors = clusteredVectors(count: 1000, dimensions: 8, clusters: 20, seed: 52)
    #expect(order(vectors, groupSize: 16).inGroup > 0.2)
  }

  @Test func smallGraphs() {
    #expect(order([], groupSize: 16).places == [])
    #expect(order([[1, 2]], groupSize: 16).places == [0])
    #expect(order([[1, 2], [3, 4]], groupSize: 1).places == [0, 1])
  }
}
