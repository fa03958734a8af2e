using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>Arbitrary batches that hold the contract.</summary>
internal static class BatchGen
{
    private static readonly Gen<double> GenNumber = Gen.Frequency(
        (8, Gen.Int[-100_000, 100_000].Select(number => number / 100.0)),
        (2, Gen.Double.Where(double.IsFinite)),
        (1, Gen.OneOf(0.0, -0.0, double.Epsilon, double.MaxValue, double.MinValue, 1e21, 0.1 + 0.2)));

    private static readonly Gen<long> GenTime = Gen.Frequency(
        (8, Gen.Long[1_767_225_600_000, 1_767_225_600_000 + 100_000_000]),
        (1, Gen.Long[-WireAtoms.NumberMax, WireAtoms.NumberMax]),
        (1, Gen.OneOf(-WireAtoms.NumberMax, WireAtoms.NumberMax, 0L)));

    private static readonly Gen<Why> GenWhy = Gen.Frequency(
        (4, Gen.Const(Why.None)),
        (1, Gen.Long[0, (long)Why.Unsaved * 2 - 1].Select(bits => (Why)bits)),
        (1, Gen.Const(Why.Other | Why.Fog)));

    // A device is one of few, of one of few shapes, so that groups of many records form.
    private static readonly Gen<(string Device, string Station)> GenPlace =
        Gen.OneOf(("pond1", "pond-a"), ("pond1", "pond-b"), ("dust1", "yard"), ("a", "-"));

    private static readonly Gen<QualityFlag> GenPresent =
        Gen.OneOf(QualityFlag.Good, QualityFlag.Good, QualityFlag.NotEvaluated, QualityFlag.Suspect, QualityFlag.Fail);

    /// <summary>One channel, of a thinned record or of a whole one.</summary>
    private static Gen<ChannelValue> GenValue(string channel, bool isThinned) =>
        from value in GenNumber.Nullable()
        from flag in GenPresent
        from why in GenWhy
        from raw in GenNumber.Nullable(0.5)
        from calibration in Gen.OneOf<string?>(null, null, "c17", "c18")
        from low in GenNumber
        from high in GenNumber
        from count in Gen.Int[1, int.MaxValue]
        from measurand in Gen.OneOf(Measurand.Ph, Measurand.Ph, Measurand.Pm10)
        select new ChannelValue
        {
            Channel = channel,
            Measurand = measurand,
            Value = value,
            Flag = value is null ? QualityFlag.Missing : flag,
            Why = why,
            Raw = raw,
            Calibration = calibration,
            Low = isThinned && value is not null ? Math.Min(low, high) : null,
            High = isThinned && value is not null ? Math.Max(low, high) : null,
            Count = isThinned ? value is null ? 0 : count : null,
        };

    private static readonly Gen<DeviceRecord> GenRecord =
        from place in GenPlace
        from time in GenTime
        from covered in Gen.Frequency((4, Gen.Const((long?)null)), (1, Gen.OneOf<long?>(0, 600_000, 3_600_000)))
        from revises in Gen.Frequency(
            (4, Gen.Const((RecordId?)null)),
            (1, Gen.Select(WireAtoms.Epoch, WireAtoms.Number, (epoch, number) => (RecordId?)new RecordId(epoch, number))))
        from ph in GenValue("ph", covered is not null)
        from other in GenValue("o2", covered is not null)
        from channels in Gen.Int[0, 3]
        select new DeviceRecord
        {
            Sequence = 0,
            TimeMs = time,
            Station = place.Station,
            Device = place.Device,
            Channels = channels switch { 0 => [ph], 1 => [other], 2 => [ph, other], _ => [other, ph] },
            CoveredMs = covered,
            Revises = revises,
        };

    // A step of the numbers: a record, or a run of numbers that are gone.
    private static readonly Gen<(DeviceRecord? Record, int Gone, LossCause Cause)> GenStep = Gen.Frequency(
        (5, GenRecord.Select(record => ((DeviceRecord?)record, 0, LossCause.Full))),
        (1, Gen.Select(Gen.Int[1, 2_000], Gen.Enum<LossCause>(), (gone, cause) => ((DeviceRecord?)null, gone, cause))));

    /// <summary>Batches of up to 24 records and losses.</summary>
    public static readonly Gen<Batch> Any =
        from gateway in WireAtoms.Name
        from epoch in WireAtoms.Epoch
        from schema in Gen.OneOf("9f3c01d2", "00000000")
        from clock in WireAtoms.Clock
        from first in Gen.Frequency((3, Gen.Long[0, 1_000]), (1, Gen.Long[0, WireAtoms.NumberMax - 50_000]))
        from steps in GenStep.Array[1, 24]
        select Assemble(gateway, epoch, schema, clock, first, steps);

    private static Batch Assemble(
        string gateway,
        string epoch,
        string schema,
        ClockStamp clock,
        long first,
        (DeviceRecord? Record, int Gone, LossCause Cause)[] steps)
    {
        List<DeviceRecord> records = [];
        List<GoneRange> gone = [];
        var next = first;
        foreach (var step in steps)
        {
            if (step.Record is { } record)
            {
                records.Add(record with { Sequence = next++ });
            }
            else
            {
                gone.Add(new GoneRange(new SequenceRange(next, next + step.Gone - 1), step.Cause));
                next += step.Gone;
            }
        }

        return new Batch
        {
            Gateway = gateway,
            Epoch = epoch,
            Range = new SequenceRange(first, next - 1),
            Schema = records.Count > 0 ? schema : null,
            Clock = records.Count > 0 ? clock : null,
            Records = records,
            Gone = gone,
        };
    }
}
