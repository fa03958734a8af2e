using System.Buffers;
using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>All rules of a channel are one row; before that each had its own, and an earlier version still has.</summary>
public sealed class RuleStatesTests
{
    private static readonly MeanStatistic Mean = new() { Period = TimeSpan.FromHours(4), Complete = 1 };

    private static readonly AlertRule[] Rules =
    [
        AlertBench.Ammonium,
        AlertBench.Ammonium with { Id = "mean", Statistic = Mean, Threshold = Mean.Judging(AlertBench.Ammonium.Threshold with { HoldRaise = TimeSpan.Zero }) },
    ];

    private static readonly RewindWindow Window = new(TimeSpan.FromMinutes(30), KeptMin: 10, KeptMax: 10_000);

    private static readonly Gen<(string Rule, RuleState State)> GenState = Gen.Select(
        Gen.String[1, 20], Gen.Enum<AlertPhase>(), Gen.Long[-62135596800000, 253402300799999], Gen.Long[0, 1L << 40], Gen.Select(Gen.Double, Gen.Bool),
        Gen.Byte.Array[0, 50],
        (rule, phase, ms, held, peak, memory) => (rule, new RuleState(
            new AlertState(
                phase, DateTimeOffset.FromUnixTimeMilliseconds(ms), TimeSpan.FromMilliseconds(held), peak.Item1, DateTimeOffset.MinValue, peak.Item2),
            memory)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void States_of_a_version_with_a_row_for_each_rule_go_on_as_if_nothing_had_been(bool hasRunSince)
    {
        using var bench = new AlertBench(Window, Rules);
        using var former = new AlertBench(Window, Rules);
        foreach (var each in new[] { bench, former })
        {
            Store(each, 0, 700);
        }

        former.KeepStatesByRule(leaveOther: hasRunSince);
        former.Restart();
        Assert.Equal(bench.States(), former.States());
        Assert.Empty(former.Rows("SELECT name FROM sqlite_master WHERE name IN ('alert_state', 'alert_memory')"));
        foreach (var each in new[] { bench, former })
        {
            Store(each, 700, 1100);
            each.Store((650, 40)); // Late: from the base state.
            each.Store((10, 40)); // Older than what was folded away.
        }

        Assert.Equal(bench.States(), former.States());
        Assert.NotEmpty(bench.Told);
        Assert.Equal(bench.Told.Select(notice => (notice.Id, notice.Phase, notice.Since)), former.Told.Select(notice => (notice.Id, notice.Phase, notice.Since)));
        Assert.Equal(2, former.Rows("SELECT DISTINCT kind FROM alert_standing WHERE kind < 2").Count);
    }

    [Fact]
    public void Earlier_version_takes_every_rule_for_a_changed_one()
    {
        using var bench = new AlertBench(Window, Rules);
        Store(bench, 0, 20);
        bench.KeepStatesByRule(leaveOther: false);
        var plain = bench.Rows("SELECT definition FROM alert_rule ORDER BY rule");
        Assert.Equal(Rules.Select(rule => rule.Definition).Order(StringComparer.Ordinal), plain.Order(StringComparer.Ordinal));
        bench.Restart();
        Assert.DoesNotContain(bench.Rows("SELECT definition FROM alert_rule"), plain.Contains);
    }

    [Fact]
    public void State_comes_back_as_it_was_written() => GenState.Array[0, 8].Sample(
        states =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            foreach (var (rule, state) in states)
            {
                StateBytes.Write(buffer, rule, state);
            }

            var rest = buffer.WrittenMemory;
            foreach (var (rule, state) in states)
            {
                var read = StateBytes.Read(ref rest);
                Assert.Equal(new string([.. rule.EnumerateRunes().SelectMany(rune => rune.ToString())]), read.Rule);
                Assert.Equal(state.Alert, read.State.Alert);
                Assert.Equal(state.Memory.ToArray(), read.State.Memory.ToArray());
            }

            Assert.True(rest.IsEmpty);
        },
        iter: TestDepth.Cases(200));

    [Fact]
    public void Damaged_state_is_said_to_be_so() => Gen.Select(GenState, Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 200]).Sample(
        (state, at, value, length) =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            StateBytes.Write(buffer, state.Rule, state.State);
            var bytes = buffer.WrittenSpan.ToArray();
            bytes[at % bytes.Length] = value;
            ReadOnlyMemory<byte> rest = bytes.AsMemory(0, Math.Min(length, bytes.Length));
            try
            {
                StateBytes.Read(ref rest);
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("Restore", e.Message, StringComparison.Ordinal);
            }
        },
        iter: TestDepth.Cases(500));

    [Fact]
    public void State_that_is_cut_anywhere_or_has_another_form_is_damaged() => GenState.Sample(
        state =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            StateBytes.Write(buffer, state.Rule, state.State);
            var bytes = buffer.WrittenSpan.ToArray();
            for (var length = 1; length < bytes.Length; length++)
            {
                Assert.Throws<InvalidDataException>(() => Read(bytes.AsMemory(0, length)));
            }

            bytes[0] = 3;
            Assert.Throws<InvalidDataException>(() => Read(bytes));
        },
        iter: TestDepth.Cases(20));

    private static void Read(ReadOnlyMemory<byte> rest) => StateBytes.Read(ref rest);

    private static void Store(AlertBench bench, int from, int to)
    {
        for (var minute = from; minute < to; minute++)
        {
            bench.Store((minute, (minute / 40) % 3 == 2 ? 28 : 5));
        }
    }
}
