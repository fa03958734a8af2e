using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Records as bodies of frames. README.md of this folder gives the layout.</summary>
internal static class RecordBody
{
    /// <summary>The layout of a record.</summary>
    public const byte Version = 1;

    /// <summary>The layout of a revision: a record, and behind it what it revises.</summary>
    public const byte RevisionVersion = 2;

    [Flags]
    private enum Present : byte
    {
        Value = 1,
        Raw = 2,
        Calibration = 4,
        Low = 8,
        High = 16,
        Count = 32,
    }

    /// <summary>The layout that a record is written in.</summary>
    /// <param name="record">The record.</param>
    public static byte VersionOf(BufferedRecord record) => record.Revises is null ? Version : RevisionVersion;

    /// <summary>Writes a record.</summary>
    /// <param name="record">The record.</param>
    public static byte[] Write(BufferedRecord record)
    {
        var fields = new FieldWriter();
        ClockFields.Write(fields, record.Clock);
        fields.Text(record.Site);
        WriteRest(fields, record);
        if (record.Revises is { } revised)
        {
            fields.Text(revised.Epoch);
            fields.Unsigned(revised.Sequence);
        }

        return fields.Written.ToArray();
    }

    /// <summary>Writes what follows the clock and the site.</summary>
    /// <param name="fields">Where to.</param>
    /// <param name="record">The record.</param>
    public static void WriteRest(FieldWriter fields, BufferedRecord record)
    {
        fields.Text(record.Schema);
        fields.Text(record.Station);
        fields.Text(record.Device);
        fields.Unsigned(record.Channels.Count);
        foreach (var channel in record.Channels)
        {
            WriteChannel(fields, channel);
        }
    }

    /// <summary>Reads a record.</summary>
    /// <param name="version">The layout.</param>
    /// <param name="body">The bytes, hostile.</param>
    /// <returns>The record, or null where the bytes are none.</returns>
    public static BufferedRecord? Read(byte version, ReadOnlySpan<byte> body)
    {
        if (version is not (Version or RevisionVersion))
        {
            return null;
        }

        var fields = new FieldReader(body);
        var clock = ClockFields.Read(ref fields);
        var record = ReadRest(ref fields, clock, fields.Text());
        if (version == RevisionVersion)
        {
            record = record with { Revises = new RecordId(fields.Text(), fields.Unsigned(SequenceRange.SequenceMax)) };
        }

        return fields.IsDone ? record : null;
    }

    /// <summary>Reads what follows the clock and the site.</summary>
    /// <param name="fields">Where from; where they failed, the record is worth nothing.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="site">The site.</param>
    public static BufferedRecord ReadRest(ref FieldReader fields, ClockReading clock, string site)
    {
        var schema = fields.Text();
        var station = fields.Text();
        var device = fields.Text();
        var channels = new ChannelValue[fields.Count()];
        for (var i = 0; i < channels.Length && !fields.Failed; i++)
        {
            channels[i] = ReadChannel(ref fields);
        }

        return new BufferedRecord
        {
            Site = site,
            Schema = schema,
            Station = station,
            Device = device,
            Clock = clock,
            Channels = channels,
        };
    }

    private static void WriteChannel(FieldWriter fields, ChannelValue channel)
    {
        fields.Text(channel.Channel);
        fields.Unsigned((long)channel.Measurand);
        fields.Byte((byte)channel.Flag);
        fields.Unsigned((long)channel.Why);
        fields.Byte((byte)(
            (channel.Value is null ? 0 : Present.Value)
            | (channel.Raw is null ? 0 : Present.Raw)
            | (channel.Calibration is null ? 0 : Present.Calibration)
            | (channel.Low is null ? 0 : Present.Low)
            | (channel.High is null ? 0 : Present.High)
            | (channel.Count is null ? 0 : Present.Count)));
        WriteReal(fields, channel.Value);
        WriteReal(fields, channel.Raw);
        if (channel.Calibration is { } calibration)
        {
            fields.Text(calibration);
        }

        WriteReal(fields, channel.Low);
        WriteReal(fields, channel.High);
        if (channel.Count is { } count)
        {
            fields.Unsigned(count);
        }
    }

    private static void WriteReal(FieldWriter fields, double? value)
    {
        if (value is { } real)
        {
            fields.Real(real);
        }
    }

    private static ChannelValue ReadChannel(ref FieldReader fields)
    {
        var name = fields.Text();
        var measurand = (Measurand)fields.Unsigned(int.MaxValue);
        var flag = (QualityFlag)fields.Byte();
        var why = (Why)fields.Unsigned(long.MaxValue);
        var present = (Present)fields.Byte();
        if (!Enum.IsDefined(measurand) || !Enum.IsDefined(flag))
        {
            fields.Fail();
        }

        return new ChannelValue
        {
            Channel = name,
            Measurand = measurand,
            Flag = flag,
            Why = why,
            Value = present.HasFlag(Present.Value) ? fields.Real() : null,
            Raw = present.HasFlag(Present.Raw) ? fields.Real() : null,
            Calibration = present.HasFlag(Present.Calibration) ? fields.Text() : null,
            Low = present.HasFlag(Present.Low) ? fields.Real() : null,
            High = present.HasFlag(Present.High) ? fields.Real() : null,
            Count = present.HasFlag(Present.Count) ? (int)fields.Unsigned(int.MaxValue) : null,
        };
    }
}
