using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Sensors.Drivers.Contact;

namespace PondSentinel.Tests.Sensors.Drivers.Contacts;

public sealed class ContactTallyTests
{
    private const int DebounceMs = 50;

    private readonly FakeTimeProvider time = new();
    private readonly ContactTally tally;

    public ContactTallyTests() => tally = new ContactTally(TimeSpan.FromMilliseconds(DebounceMs), time);

    /// <summary>However the spans are cut and however the contact bounces, no time is lost and none is counted twice: the spans together are
    /// the time that it was active.</summary>
    [Fact]
    public void Spans_together_are_the_time_for_which_the_contact_was_active() =>
        (from begins in Gen.Bool
         from steps in Gen.Select(Gen.Int[DebounceMs, 4000], Gen.Int[0, 20].Array[0, 6], Gen.Int[0, 3]).Array[1, 30]
         select (begins, steps)).Sample(
            input =>
            {
                var clock = new FakeTimeProvider();
                var counted = new ContactTally(TimeSpan.FromMilliseconds(DebounceMs), clock);
                counted.Begin(input.begins);
                var (isActive, expected, told) = (input.begins, TimeSpan.Zero, TimeSpan.Zero);

                void Pass(int ms)
                {
                    expected += isActive ? TimeSpan.FromMilliseconds(ms) : TimeSpan.Zero;
                    clock.Advance(TimeSpan.FromMilliseconds(ms));
                }

                foreach (var (stillMs, bounces, cuts) in input.steps)
                {
                    for (var cut = 0; cut < cuts; cut++)
                    {
                        Pass(stillMs);
                        var span = counted.Next();
                        Assert.InRange(span.Share, 0, 1);
                        told += span.Share * span.Elapsed;
                    }

                    Pass(stillMs);
                    var to = !isActive;
                    var level = isActive;
                    foreach (var gap in bounces)
                    {
                        counted.Edge(level = !level);
                        Pass(gap);
                    }

                    if (level == to)
                    {
                        counted.Edge(!to);
                        Pass(1);
                    }

                    counted.Edge(to);
                    isActive = to;
                }

                Pass(DebounceMs);
                var last = counted.Next();
                told += last.Share * last.Elapsed;
                Assert.InRange((told - expected).TotalMilliseconds, -1, 1);
            },
            iter: 2_000);

    [Theory]
    [InlineData(49, 0)]
    [InlineData(50, 0.005)]
    public void Stroke_that_is_shorter_than_the_debounce_is_none(int strokeMs, double share)
    {
        tally.Begin(active: false);
        time.Advance(TimeSpan.FromSeconds(5));
        tally.Edge(toActive: true);
        time.Advance(TimeSpan.FromMilliseconds(strokeMs));
        tally.Edge(toActive: false);
        time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromMilliseconds(strokeMs));

        Assert.Equal(share, tally.Next().Share);
    }

    [Fact]
    public void Change_that_is_not_still_yet_counts_in_the_next_span_and_none_is_more_than_the_whole()
    {
        tally.Begin(active: false);
        time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(20));
        tally.Edge(toActive: true);
        time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(new ContactSpan(0, TimeSpan.FromSeconds(10), 1), tally.Next());

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(new ContactSpan(1, TimeSpan.FromSeconds(10), 0), tally.Next());
    }

    [Fact]
    public void Edge_that_was_missed_is_made_good_when_the_line_is_looked_at()
    {
        tally.Begin(active: false);
        time.Advance(TimeSpan.FromSeconds(10));
        tally.See(active: true);
        Assert.Equal(0, tally.Next().Share);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(1, tally.Next().Share);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void Span_of_no_length_is_how_it_stands(bool isActive, double share)
    {
        tally.Begin(isActive);

        Assert.Equal(new ContactSpan(share, TimeSpan.Zero, 0), tally.Next());
    }
}
