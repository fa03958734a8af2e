using CsCheck;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

public sealed class IntervalSetTests
{
    private static readonly Gen<(bool Adds, SequenceRange Range)[]> GenChanges =
        Gen.Select(Gen.Bool, Gen.Long[0, 60], Gen.Long[0, 12])
            .Select(change => (change.Item1, new SequenceRange(change.Item2, change.Item2 + change.Item3)))
            .Array[0, 60];

    [Fact]
    public void Holds_what_a_set_of_numbers_holds() => GenChanges.Sample(changes =>
    {
        var set = new IntervalSet();
        SortedSet<long> model = [];
        foreach (var (adds, range) in changes)
        {
            if (adds)
            {
                set.Add(range);
                model.UnionWith(Numbers(range));
            }
            else
            {
                set.Remove(range);
                model.ExceptWith(Numbers(range));
            }
        }

        Assert.Equal(model, set.Intervals.SelectMany(Numbers));
        Assert.Equal(model.Count, set.Count);
        var part = new SequenceRange(10, 40);
        Assert.Equal(model.Where(part.Contains), set.Within(part).SelectMany(Numbers));
        Assert.Equal(Numbers(part).Where(number => !model.Contains(number)), set.Outside(part).SelectMany(Numbers));
        for (var number = 0L; number < 80; number++)
        {
            Assert.Equal(model.Contains(number), set.Contains(number));
            Assert.Equal(Enumerable.Range((int)number, 100).First(outside => !model.Contains(outside)), set.FirstOutside(number));
            Assert.Equal(model.Where(inside => inside >= number).Select(inside => (long?)inside).FirstOrDefault(), set.FirstInside(number));
        }
    });

    [Fact]
    public void Where_there_are_too_many_intervals_the_highest_are_forgotten()
    {
        var set = new IntervalSet(3);
        foreach (var number in (long[])[8, 0, 4, 2, 6])
        {
            set.Add(new SequenceRange(number, number));
        }

        Assert.Equal([0, 2, 4], set.Intervals.Select(interval => interval.First));
    }

    private static IEnumerable<long> Numbers(SequenceRange range)
    {
        for (var number = range.First; number <= range.Last; number++)
        {
            yield return number;
        }
    }
}
