using CsCheck;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>What one record may say in place of ten.</summary>
public sealed class ThinnerTests
{
    private static readonly Gen<ChannelValue> GenValue =
        from value in Gen.Double[-1e3, 1e3]
        from flag in Gen.OneOf(
            QualityFlag.Good, QualityFlag.Good, QualityFlag.NotEvaluated, QualityFlag.Suspect, QualityFlag.Fail, QualityFlag.Missing)
        from why in Gen.OneOf(Why.None, Why.None, Why.Spike, Why.OverRange, Why.Maintenance)
        from raw in Gen.Double[0, 10].Nullable(0.2)
        from calibration in Gen.Frequency((20, Gen.Const<string?>("c1")), (1, Gen.Const<string?>("c2")))
        select new ChannelValue
        {
            Channel = "",
            Measurand = Measurand.Ph,
            Value = flag == QualityFlag.Missing ? null : value,
            Flag = flag,
            Why = why == Why.Maintenance && value > 0 ? Why.None : why,
            Raw = raw,
            Calibration = calibration,
        };

    private static readonly Gen<(BufferedRecord Record, int NumberStep)> GenRecord =
        from device in Gen.OneOf("pond1", "pond2")
        from station in Gen.Frequency((30, Gen.Const("a")), (1, Gen.Const("b")))
        from schema in Gen.Frequency((30, Gen.Const("9f3c01d2")), (1, Gen.Const("00000000")))
        from boot in Gen.Frequency((30, Gen.Const(BufferBench.Boot)), (1, Gen.Const(BufferBench.LaterBoot)))
        from trust in Gen.Frequency((30, Gen.Const((ClockSource?)ClockSource.Ntp)), (1, Gen.OneOf<ClockSource?>(null, ClockSource.Gps)))
        from seconds in Gen.Frequency((30, Gen.Int[1, 120]), (1, Gen.Int[0, 7200]), (1, Gen.Int[-600, 0]))
        from ph in GenValue
        from other in GenValue
        from due in Gen.Int[0, 3]
        from step in Gen.Frequency((9, Gen.Const(1)), (1, Gen.Int[1, 5]))
        select (
            new BufferedRecord
            {
                Site = "zudong",
                Schema = schema,
                Station = station,
                Device = device,
                Clock = new ClockReading(boot, TimeSpan.FromSeconds(seconds), 0, trust is { } source ? new ClockStamp(source, 5) : null),
                Channels = due == 0 ? [ph with { Channel = "ph" }] : [ph with { Channel = "ph" }, other with { Channel = "o2" }],
            },
            step);

    private static readonly Gen<List<(long Number, BufferedRecord Record)>> GenRecords = GenRecord.Array[0, 60].Select(steps =>
    {
        var number = -1L;
        var seconds = 0.0;
        return steps.Select(step =>
        {
            var clock = step.Record.Clock;
            seconds += clock.BootTime.TotalSeconds;
            return (number += step.NumberStep, step.Record with { Clock = clock with { BootTime = TimeSpan.FromSeconds(seconds), WallMs = number } });
        }).ToList();
    });

    [Fact]
    public void Every_number_is_kept_or_replaced_once_and_in_order() => GenRecords.Sample(
        records =>
        {
            var thinned = Thinner.Thin(records);

            Assert.Equal(records.Select(record => record.Number), thinned.SelectMany(one => one.Replaced.Append(one.Number)).Order());
            Assert.Equal(thinned.Select(one => one.Number).Order(), thinned.Select(one => one.Number));
            Assert.All(thinned, one => Assert.Equal(one.Replaced.Append(one.Number).Order(), one.Replaced.Append(one.Number)));
        },
        iter: TestDepth.Cases(500));

    [Fact]
    public void Window_is_of_one_device_boot_clock_and_calibration_and_bounded() => GenRecords.Sample(
        records =>
        {
            foreach (var (one, window) in Windows(records))
            {
                Assert.Single(window.Select(record => (
                    record.Site, record.Schema, record.Station, record.Device, record.Clock.Boot, record.Clock.Trust?.Source)).Distinct());
                Assert.InRange(window.Count, 1, Thinner.RecordsMax);
                var covered = window[^1].Clock.BootTime - window[0].Clock.BootTime;
                Assert.InRange(covered, TimeSpan.Zero, Thinner.CoveredMax);
                Assert.Equal(window.Count == 1 ? null : (long)covered.TotalMilliseconds, one.CoveredMs);
                Assert.Equal(window[^1].Clock, one.Record.Clock);
                Assert.All(Columns(window), column => Assert.Single(column.Select(value => (
                    value.Measurand, value.Calibration, value.Why & (Why.Maintenance | Why.Calibrating))).Distinct()));
            }
        },
        iter: TestDepth.Cases(500));

    [Fact]
    public void Values_lie_between_lowest_and_highest_and_the_mean_is_theirs() => GenRecords.Sample(
        records =>
        {
            foreach (var (one, window) in Windows(records).Where(pair => pair.Window.Count > 1))
            {
                Assert.Equal(Columns(window).Select(column => column.Key).Order(), one.Record.Channels.Select(channel => channel.Channel).Order());
                foreach (var column in Columns(window))
                {
                    var summary = one.Record.Channels.Single(channel => channel.Channel == column.Key);
                    var there = column.Where(value => value.Value is not null).ToList();
                    var sound = there.Where(value => value.Flag != QualityFlag.Fail).ToList();
                    var beyond = there.Where(value => value is { Flag: QualityFlag.Fail, Why: Why.OverRange, Value: > 0.1 and < 13.9 }).ToList();
                    Check(summary, sound.Count > 0 ? sound : beyond.Count > 0 ? beyond : there, sound.Count > 0 ? beyond : [], [.. column]);
                }
            }
        },
        iter: TestDepth.Cases(500));

    [Fact]
    public void Record_alone_and_one_that_the_wire_would_not_take_stay_as_they_are()
    {
        var lone = BufferBench.Record(1);
        var broken = BufferBench.Record(2) with { Channels = [lone.Channels[0] with { Value = double.NaN }] };

        var thinned = Thinner.Thin([(4, lone), (5, broken), (6, BufferBench.Record(3))]);

        Assert.Equal([(4, null), (5, null), (6, null)], thinned.Select(one => (one.Number, one.CoveredMs)));
        Assert.Same(lone, thinned[0].Record);
        Assert.Same(broken, thinned[1].Record);
    }

    [Fact]
    public void Revision_takes_the_place_of_its_record_and_costs_its_number()
    {
        var revision = Valued(1, 900, QualityFlag.Fail, Why.Spike) with { Revises = new RecordId("abcdefgh", 1) };

        var window = Thinner.Thin([(0, Valued(0, 7, QualityFlag.Good)), (1, Valued(1, 900, QualityFlag.Good)), (2, revision), (3, Valued(2, 7, QualityFlag.Good))]);

        Assert.Equal((7, 7, 7, 2, QualityFlag.Good, Why.None), Summary(window));
        Assert.Equal((3, null), (window[0].Number, window[0].Record.Revises));
        Assert.Equal([0, 1, 2], window[0].Replaced);
    }

    [Fact]
    public void Revision_of_what_is_out_already_stays_as_it_is_and_spoils_no_window()
    {
        var revision = Valued(-1, 900, QualityFlag.Fail, Why.Spike) with { Revises = new RecordId("abcdefgh", 4) };

        var thinned = Thinner.Thin([(5, Valued(0, 7, QualityFlag.Good)), (6, revision), (7, Valued(1, 8, QualityFlag.Good))]);

        Assert.Equal([(6, null), (7, 1000L)], thinned.Select(one => (one.Number, one.CoveredMs)));
        Assert.Same(revision, thinned[0].Record);
        Assert.Equal([5], thinned[1].Replaced);
    }

    /// <summary>It says that it revises, and is of another moment: whoever wrote it knows more than a window does.</summary>
    [Fact]
    public void Revision_of_another_time_than_its_record_stays_as_it_is()
    {
        var revision = Valued(2, 900, QualityFlag.Fail, Why.Spike) with { Revises = new RecordId("abcdefgh", 1) };

        var thinned = Thinner.Thin([(0, Valued(0, 7, QualityFlag.Good)), (1, Valued(1, 8, QualityFlag.Good)), (2, revision)]);

        Assert.Equal([(1, 1000L), (2, null)], thinned.Select(one => (one.Number, one.CoveredMs)));
        Assert.Same(revision, thinned[1].Record);
    }

    [Fact]
    public void Revision_that_stays_as_it_is_comes_back_from_the_card_as_one()
    {
        var revision = Valued(0, 900, QualityFlag.Fail, Why.Spike) with { Revises = new RecordId("abcdefgh", 4) };

        Assert.Equal(revision.Revises, ThinnedBody.Read(Stored(Assert.Single(Thinner.Thin([(6, revision)]))))!.Record.Revises);
    }

    [Fact]
    public void Frame_that_stands_twice_for_one_number_is_none()
    {
        var record = Valued(0, 7, QualityFlag.Good);

        Assert.NotNull(ThinnedBody.Read(Stored(new ThinnedRecord(6, record, CoveredMs: 1000, [4, 5]))));
        Assert.Null(ThinnedBody.Read(Stored(new ThinnedRecord(6, record, CoveredMs: 1000, [5, 5]))));
        Assert.Null(ThinnedBody.Read(Stored(new ThinnedRecord(6, record, CoveredMs: 1000, [6]))));
    }

    [Fact]
    public void Failed_values_do_not_spoil_the_others_and_speak_where_there_are_no_others()
    {
        var window = Thinner.Thin([(0, Valued(0, 7, QualityFlag.Good)), (1, Valued(1, 900, QualityFlag.Fail, Why.OverRange))]);
        Assert.Equal((7, 7, 7, 1, QualityFlag.Good, Why.None), Summary(window));

        // What was beyond the probe, and can be, is no number for the mean; a limit has to see it.
        window = Thinner.Thin([(0, Valued(0, 7, QualityFlag.Good)), (1, Valued(1, 12.5, QualityFlag.Fail, Why.OverRange))]);
        Assert.Equal((7, 7, 12.5, 1, QualityFlag.Suspect, Why.OverRange), Summary(window));

        window = Thinner.Thin([(0, Valued(0, 800, QualityFlag.Fail, Why.OverRange)), (1, Valued(1, null, QualityFlag.Missing, Why.NoAnswer))]);
        Assert.Equal((800, 800, 800, 1, QualityFlag.Fail, Why.OverRange), Summary(window));

        window = Thinner.Thin([(0, Valued(0, null, QualityFlag.Missing, Why.NoAnswer)), (1, Valued(1, null, QualityFlag.Missing, Why.TimedOut))]);
        Assert.Equal((null, null, null, 0, QualityFlag.Missing, Why.NoAnswer | Why.TimedOut), Summary(window));
    }

    [Fact]
    public void Largest_numbers_there_are_have_a_mean_too()
    {
        var window = Thinner.Thin([(0, Valued(0, double.MaxValue, QualityFlag.Good)), (1, Valued(1, double.MaxValue, QualityFlag.Good))]);
        Assert.Equal((double.MaxValue, double.MaxValue, double.MaxValue, 2, QualityFlag.Good, Why.None), Summary(window));
    }

    /// <summary>350° and 10° are north; a vane of eight sectors gives 0° and 180° as well, which have no mean.</summary>
    [Theory]
    [InlineData(350, 10, 0)]
    [InlineData(10, 350, 0)]
    [InlineData(80, 100, 90)]
    [InlineData(0, 180, 180)]
    [InlineData(180, 0, 0)]
    public void Directions_are_thinned_to_that_of_their_vectors_and_their_raw_numbers_to_none(double first, double second, double mean)
    {
        var one = Assert.Single(Thinner.Thin([(0, Of(Measurand.WindDirection, 0, first)), (1, Of(Measurand.WindDirection, 1, second))]));
        var channel = Assert.Single(one.Record.Channels);

        Assert.Equal(0, (channel.Value!.Value - mean + 540) % 360 - 180, 9);
        Assert.InRange(channel.Value.Value, 0, 359.999_999_999_999_97);
        Assert.Equal((Math.Min(first, second), Math.Max(first, second), 2, null), (channel.Low, channel.High, channel.Count, channel.Raw));
    }

    [Theory]
    [InlineData(Measurand.PulseCount)]
    [InlineData(Measurand.RainTotal)]
    [InlineData(Measurand.WaterVolume)]
    public void Totals_are_thinned_to_the_newest_so_that_no_rain_moves_to_another_hour(Measurand measurand)
    {
        var one = Assert.Single(Thinner.Thin([(0, Of(measurand, 0, 100)), (1, Of(measurand, 1, 104)), (2, Of(measurand, 2, 110))]));
        var channel = Assert.Single(one.Record.Channels);

        Assert.Equal((110, 100, 110, 1_100), (channel.Value, channel.Low, channel.High, channel.Raw));
    }

    [Fact]
    public void Body_comes_back_from_the_card_as_it_was_and_hostile_bytes_are_none() => GenRecords.Sample(
        records =>
        {
            foreach (var one in Thinner.Thin(records))
            {
                var stored = Stored(one);

                Assert.Equivalent(one, ThinnedBody.Read(stored), strict: true);
                Assert.Equal(one.Replaced, ThinnedBody.ReplacedIn(stored));
                for (var length = 0; length < stored.Body.Length; length++)
                {
                    Assert.Null(ThinnedBody.Read(stored with { Body = stored.Body[..length] }));
                }
            }
        },
        iter: TestDepth.Cases(20));

    private static StoredFrame Stored(ThinnedRecord one)
    {
        var bytes = ThinnedBody.Frame("abcdefgh", one);
        Frame.Seal(bytes, 7);
        Assert.True(Frame.TryRead(bytes, 7, out var frame));
        return new StoredFrame(frame.Kind, frame.Version, frame.Number, frame.Body.ToArray());
    }

    private static void Check(ChannelValue summary, List<ChannelValue> taking, List<ChannelValue> beyond, List<ChannelValue> all)
    {
        Assert.Equal(taking.Count, summary.Count);
        Assert.Equal((taking.Count > 0 ? [.. taking, .. beyond] : all).Aggregate(Why.None, (sum, value) => sum | value.Why), summary.Why);
        if (taking.Count == 0)
        {
            Assert.Equal((null, null, null, QualityFlag.Missing), (summary.Value, summary.Low, summary.High, summary.Flag));
            return;
        }

        Assert.All([.. taking, .. beyond], value => Assert.InRange(value.Value!.Value, summary.Low!.Value, summary.High!.Value));
        Assert.Contains([.. taking, .. beyond], value => value.Value == summary.Low);
        Assert.Contains([.. taking, .. beyond], value => value.Value == summary.High);
        Assert.Equal(taking.Average(value => value.Value!.Value), summary.Value!.Value, 1e-9);
        Assert.InRange(summary.Value.Value, summary.Low!.Value, summary.High!.Value);
        Assert.Equal(beyond.Count > 0 ? QualityFlag.Suspect : taking.Max(value => value.Flag), summary.Flag);
        if (taking.TrueForAll(value => value.Raw is not null))
        {
            Assert.Equal(taking.Average(value => value.Raw!.Value), summary.Raw!.Value, 1e-9);
        }
        else
        {
            Assert.Null(summary.Raw);
        }
    }

    private static IEnumerable<(ThinnedRecord One, List<BufferedRecord> Window)> Windows(List<(long Number, BufferedRecord Record)> records)
    {
        var byNumber = records.ToDictionary(record => record.Number, record => record.Record);
        return Thinner.Thin(records).Select(one => (one, one.Replaced.Append(one.Number).Select(number => byNumber[number]).ToList()));
    }

    private static IEnumerable<IGrouping<string, ChannelValue>> Columns(List<BufferedRecord> window) =>
        window.SelectMany(record => record.Channels).GroupBy(channel => channel.Channel);

    private static BufferedRecord Valued(double second, double? value, QualityFlag flag, Why why = Why.None)
    {
        var record = BufferBench.Record(second);
        return record with { Channels = [record.Channels[0] with { Value = value, Flag = flag, Why = why }] };
    }

    private static BufferedRecord Of(Measurand measurand, double second, double value)
    {
        var record = Valued(second, value, QualityFlag.Good);
        return record with { Channels = [record.Channels[0] with { Measurand = measurand, Raw = 10 * value }] };
    }

    private static (double? Mean, double? Low, double? High, int? Count, QualityFlag Flag, Why Why) Summary(IReadOnlyList<ThinnedRecord> window)
    {
        var channel = Assert.Single(Assert.Single(window).Record.Channels);
        return (channel.Value, channel.Low, channel.High, channel.Count, channel.Flag, channel.Why);
    }
}
