using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Sensors.Drivers.PulseCounter;

namespace PondSentinel.Tests.Sensors.Drivers.Pulses;

public sealed class CountKeeperTests
{
    /// <summary>Steps: pulses, a poll after so many seconds, a power cut, a clean stop.</summary>
    [Fact]
    public void Power_cut_at_any_moment_leaves_a_lower_and_an_upper_bound_of_the_count() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[1, 700]).Array[1, 60].Sample(
            steps =>
            {
                var time = new FakeTimeProvider();
                var memory = new ScriptedMemory();
                var keeper = new CountKeeper(memory, time);
                var count = keeper.Begin(out var first);
                Assert.Null(first);
                foreach (var (kind, amount) in steps)
                {
                    switch (kind)
                    {
                        case < 5:
                            for (var pulse = 0; pulse < amount; pulse++)
                            {
                                count++;
                                keeper.Note(count, () => count);
                                keeper.Writing.Wait();
                                var kept = KeptCount.Parse(memory.Text!)!.Value;
                                Assert.InRange(count, kept.Count, kept.AtMost);
                            }

                            break;
                        case < 8:
                            time.Advance(TimeSpan.FromSeconds(amount));
                            keeper.KeepWhereDueAsync(count).AsTask().Wait();
                            break;
                        case 8:
                            var lost = KeptCount.Parse(memory.Text!)!.Value;
                            Assert.InRange(count, lost.Count, lost.AtMost);
                            keeper = new CountKeeper(memory, time);
                            count = keeper.Begin(out var why);
                            Assert.Equal(lost.Count, count);
                            Assert.Contains(FormattableString.Invariant($"at most {lost.AtMost - lost.Count} pulses"), why, StringComparison.Ordinal);
                            break;
                        default:
                            keeper.End(count);
                            keeper = new CountKeeper(memory, time);
                            Assert.Equal(count, keeper.Begin(out var clean));
                            Assert.Equal("pulses while this program did not run were not seen", clean);
                            break;
                    }
                }
            },
            iter: 100);

    [Fact]
    public async Task Card_is_written_a_few_times_an_hour_however_fast_pulses_come()
    {
        var time = new FakeTimeProvider();
        var memory = new ScriptedMemory();
        var keeper = new CountKeeper(memory, time);
        var count = keeper.Begin(out _);

        // 20 pulses a second for an hour, polled each minute.
        for (var second = 0; second < 3600; second++)
        {
            for (var pulse = 0; pulse < 20; pulse++)
            {
                keeper.Note(++count, () => count);
                await keeper.Writing;
            }

            time.Advance(TimeSpan.FromSeconds(1));
            if (second % 60 == 0)
            {
                await keeper.KeepWhereDueAsync(count);
            }
        }

        Assert.InRange(memory.Writes, 6, 20);
    }

    [Fact]
    public async Task Count_that_does_not_grow_is_not_written_again()
    {
        var time = new FakeTimeProvider();
        var memory = new ScriptedMemory();
        var keeper = new CountKeeper(memory, time);
        keeper.Begin(out _);
        for (var hour = 0; hour < 100; hour++)
        {
            time.Advance(TimeSpan.FromHours(1));
            await keeper.KeepWhereDueAsync(0);
        }

        Assert.Equal(1, memory.Writes);
    }

    [Theory]
    [InlineData("pulses 12 at-most 44", 12, "at most 32 pulses")]
    [InlineData("pulses 12 at-most 12", 12, "did not run")]
    [InlineData("pulses 44 at-most 12", 0, "cannot be read")]
    [InlineData("pulses -1 at-most 12", 0, "cannot be read")]
    [InlineData("pulses 012 at-most 12", 0, "cannot be read")]
    [InlineData("pulses 12 at-most 12\0", 0, "cannot be read")]
    [InlineData("pulses 12", 0, "cannot be read")]
    [InlineData("", 0, "cannot be read")]
    [InlineData("pulses 99999999999999999999 at-most 99999999999999999999", 0, "cannot be read")]
    public void What_was_kept_is_believed_only_where_it_is_what_was_written(string text, long count, string why)
    {
        var keeper = new CountKeeper(new ScriptedMemory { Text = text }, new FakeTimeProvider());

        Assert.Equal(count, keeper.Begin(out var incomplete));
        Assert.Contains(why, incomplete, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_read_without_an_exception() =>
        Gen.String.Sample(text => { KeptCount.Parse(text); });

    [Fact]
    public async Task Card_that_takes_nothing_is_not_tried_at_each_pulse()
    {
        var memory = new CountingMemory();
        var keeper = new CountKeeper(memory, new FakeTimeProvider());
        var count = keeper.Begin(out _);
        for (var pulse = 0; pulse < 1000; pulse++)
        {
            keeper.Note(++count, () => count);
            await keeper.Writing;
        }

        Assert.InRange(memory.Tried, 2, 1 + (1000 / (int)CountKeeper.RoomMin));
    }

    [Fact]
    public async Task Count_that_the_card_did_not_take_is_written_as_soon_as_it_takes_one()
    {
        var time = new FakeTimeProvider();
        var memory = new ScriptedMemory();
        var keeper = new CountKeeper(memory, time);
        keeper.Begin(out _);
        memory.Failure = "Read-only file system";
        time.Advance(CountKeeper.KeepEvery);
        await keeper.KeepWhereDueAsync(5);
        memory.Failure = null;
        time.Advance(CountKeeper.KeepEvery);
        await keeper.KeepWhereDueAsync(5);

        Assert.Equal("pulses 5 at-most 37", memory.Text);
    }

    [Fact]
    public void Count_that_nobody_keeps_says_so()
    {
        Assert.Equal(0, new CountKeeper(memory: null, new FakeTimeProvider()).Begin(out var incomplete));
        Assert.Equal("nobody keeps the count: it begins at 0 with each start", incomplete);
    }

    private sealed class CountingMemory : PondSentinel.Sensors.IDeviceMemory
    {
        public int Tried { get; private set; }

        public string? Read(out string? failure)
        {
            failure = null;
            return null;
        }

        public string? Write(string text)
        {
            Tried++;
            return "Read-only file system";
        }
    }
}
