using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Sensors.Drivers.PulseCounter;

namespace PondSentinel.Tests.Sensors.Drivers.Pulses;

public sealed class PulseTallyTests
{
    private const int DebounceMs = 100;

    private readonly FakeTimeProvider time = new();
    private readonly PulseTally tally;

    public PulseTallyTests() => tally = new PulseTally(TimeSpan.FromMilliseconds(DebounceMs), closesHigh: false, time);

    [Fact]
    public void Every_tip_counts_once_however_its_contact_bounces_and_however_long_it_is_closed() =>
        (from closesHigh in Gen.Bool
         from tips in Gen.Select(Gen.Int[0, 20].Array[0, 8], Gen.Int[1, 400], Gen.Int[0, 20].Array[0, 8], Gen.Int[101, 2000]).Array[0, 20]
         select (closesHigh, tips)).Sample(
            input =>
            {
                var clock = new FakeTimeProvider();
                var counted = new PulseTally(TimeSpan.FromMilliseconds(DebounceMs), input.closesHigh, clock);
                counted.Begin(isHigh: !input.closesHigh);
                foreach (var (closing, closedMs, opening, openMs) in input.tips)
                {
                    Bounce(counted, clock, closing, input.closesHigh);
                    clock.Advance(TimeSpan.FromMilliseconds(closedMs));
                    Bounce(counted, clock, opening, !input.closesHigh);
                    clock.Advance(TimeSpan.FromMilliseconds(openMs));
                }

                Assert.Equal(input.tips.Length, counted.Now().Pulses);
            },
            iter: 2_000);

    [Theory]
    [InlineData(99, 1)]
    [InlineData(100, 2)]
    public void Closing_counts_after_the_line_was_still_for_the_debounce(int stillMs, int pulses)
    {
        tally.Begin(isHigh: true);
        tally.Edge(isHigh: false);
        time.Advance(TimeSpan.FromSeconds(1));
        tally.Edge(isHigh: true);
        time.Advance(TimeSpan.FromMilliseconds(stillMs));
        tally.Edge(isHigh: false);

        Assert.Equal(pulses, tally.Now().Pulses);
    }

    [Fact]
    public void First_closing_counts_where_nobody_knows_what_was_before()
    {
        tally.Begin(isHigh: true);
        tally.Edge(isHigh: false);
        tally.Begin(isHigh: true);
        tally.Edge(isHigh: false);

        Assert.Equal(2, tally.Now().Pulses);
    }

    [Fact]
    public void Contact_says_for_how_long_it_has_been_closed()
    {
        tally.Begin(isHigh: false);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(TimeSpan.FromMinutes(5), tally.Now().ClosedFor);

        tally.Edge(isHigh: true);
        Assert.Null(tally.Now().ClosedFor);
        Assert.Equal((0, 1), (tally.Now().Pulses, tally.Now().Edges));
    }

    private static void Bounce(PulseTally counted, FakeTimeProvider clock, int[] gapsMs, bool end)
    {
        counted.Edge(end);
        foreach (var gap in gapsMs)
        {
            clock.Advance(TimeSpan.FromMilliseconds(gap));
            counted.Edge(!end);
            clock.Advance(TimeSpan.FromMilliseconds(1));
            counted.Edge(end);
        }
    }
}
