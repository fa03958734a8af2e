using CsCheck;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

public sealed class NumberBitsTests
{
    // Runs as thinning leaves them, singles, and numbers so far away that nothing may count its way there.
    private static readonly Gen<(bool Adds, long First, int Count)[]> GenChanges = Gen.Select(
        Gen.Frequency((3, Gen.Const(true)), (1, Gen.Const(false))),
        Gen.Frequency((6, Gen.Long[0, 300]), (3, Gen.Long[4000, 8300]), (1, Gen.Long[SequenceRange.SequenceMax - 70, SequenceRange.SequenceMax - 65])),
        Gen.Int[1, 65]).Array[0, 30];

    [Fact]
    public void Holds_what_a_set_of_numbers_holds() => GenChanges.Sample(
        changes =>
        {
            var bits = new NumberBits();
            SortedSet<long> model = [];
            foreach (var (adds, first, count) in changes)
            {
                for (var number = first; number < first + count; number++)
                {
                    Assert.Equal(adds ? model.Add(number) : model.Remove(number), adds ? bits.Add(number) : bits.Remove(number));
                }
            }

            Assert.Equal(model.Count, bits.Count);
            foreach (var number in changes.SelectMany(change => new[] { 0, change.First, change.First + change.Count }))
            {
                Assert.Equal(model.Contains(number), bits.Contains(number));
                Assert.Equal(model.Where(inside => inside >= number).Select(inside => (long?)inside).FirstOrDefault(), bits.FirstInside(number));
                var outside = number;
                while (model.Contains(outside))
                {
                    outside++;
                }

                Assert.Equal(outside, bits.FirstOutside(number));
                var range = new SequenceRange(number, number + 100);
                Assert.Equal(model.Count(range.Contains), bits.CountWithin(range));
                Assert.Equal(
                    Enumerable.Range(0, 101).Select(step => number + step).Where(free => !model.Contains(free)),
                    bits.Outside(range).SelectMany(part => Enumerable.Range(0, (int)part.Count).Select(step => part.First + step)));
            }
        },
        iter: TestDepth.Cases(300));

    [Fact]
    public void Ranges_are_taken_apart_and_put_together() => Gen.Long[0, 40].Array[0, 30].Sample(
        numbers =>
        {
            var range = new SequenceRange(5, 30);
            var left = NumberRanges.Outside(range, numbers).ToList();
            Assert.Equal(
                Enumerable.Range(5, 26).Select(number => (long)number).Except(numbers),
                left.SelectMany(part => Enumerable.Range((int)part.First, (int)part.Count).Select(number => (long)number)));
            Assert.Equal(left, NumberRanges.Of(Enumerable.Range(5, 26).Select(number => (long)number).Except(numbers)));
        },
        iter: TestDepth.Cases(300));
}
