import HNSW
import Testing

@Suite struct StructuresTests {
  @Test func candidatesOrderByDistanceAndThenNumber() {
    let candidates = [
      Candidate(5, distance: 1), Candidate(2, distance: 1), Candidate(9, distance: 0.5),
      Candidate(1, distance: .infinity), Candidate(VertexID.limit - 1, distance: 0),
    ]
    #expect(candidates.sorted().map(\.vertex) == [VertexID.limit - 1, 9, 2, 5, 1])
    #expect(candidates.map(\.distance) == [1, 1, 0.5, .infinity, 0])
  }

  @Test func expandingDoesNotChangeACandidate() {
    var candidate = Candidate(77, distance: 3.5)
    candidate.isExpanded = true
    #expect(candidate.isExpanded && candidate.vertex == 77 && candidate.distance == 3.5)
    candidate.isExpanded = false
    #expect(candidate == Candidate(77, distance: 3.5))
  }

  @Test func buffersSortAndDropRepetitions() {
    var random = SplitMix64(seed: 21)
    for count in [0, 1, 2, 3, 10, 100, 1000] {
      let values = (0..<count).map { _ in UInt64.random(in: 0...500, using: &random) }
      var buffer = GrowableBuffer<UInt64>(testMemory, capacity: 1)
      for value in values { buffer.append(value) }
      buffer.sort()
      #expect((0..<buffer.count).map { buffer[$0] } == values.sorted())
      buffer.sortUnique()
      #expect((0..<buffer.count).map { buffer[$0] } == Set(values).sorted())
    }
  }

  @Test func listsInsertAndRemoveWithTheirMask() {
    var list = NeighbourList()
    for vertex in 0..<VertexID(200) { list.append(vertex, diverse: vertex % 3 == 0) }
    list.insert(1000, diverse: true, at: 40)
    list.remove(at: 100)
    list.remove(at: 0)
    var expected = (0..<VertexID(200)).map { ($0, $0 % 3 == 0) }
    expected.insert((1000, true), at: 40)
    expected.remove(at: 100)
    expected.remove(at: 0)
    #expect(list.count == expected.count)
    for (index, (vertex, diverse)) in expected.enumerated() {
      #expect(list.id(index) == vertex)
      #expect(list.isDiverse(index) == diverse)
    }
  }
}
