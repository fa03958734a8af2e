using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>A point that the store refused, whole, so that it can be given to it again.</summary>
/// <param name="AtMs">When it was refused: UTC ms since 1970, by the backend's clock.</param>
/// <param name="Record">The record that brought it; a revision's own.</param>
/// <param name="Cause">The wire's cause: <c>type</c>, <c>range</c> or <c>size</c>.</param>
/// <param name="Detail">What the store said.</param>
/// <param name="Point">The point.</param>
internal sealed record DeadLetter(long AtMs, RecordId Record, string Cause, string Detail, Point Point)
{
    /// <summary>The letter as one line of JSON, without its end.</summary>
    public byte[] ToLine() => JsonSerializer.SerializeToUtf8Bytes(
        new DeadLetterLine
        {
            At = AtMs,
            Cause = Cause,
            Detail = Detail,
            Site = Point.Site,
            Gateway = Point.Gateway,
            ByEpoch = Record.Epoch,
            BySequence = Record.Sequence,
            Station = Point.Station,
            Device = Point.Device,
            Channel = Point.Channel,
            Measurand = Point.Measurand.WireName,
            TimeNs = Point.TimeNs,
            Epoch = Point.Epoch,
            Sequence = Point.Sequence,
            Clock = Point.Clock.Token,
            Value = Point.Value.Value,
            Raw = Point.Value.Raw,
            Low = Point.Value.Low,
            High = Point.Value.High,
            Count = Point.Value.Count,
            Flag = (int)Point.Value.Flag,
            Why = PointText.OfWhy(Point.Value.Why),
            Calibration = Point.Value.Calibration,
            CoveredMs = Point.CoveredMs,
            IsRevision = Point.IsRevision,
        },
        DeadLetterJson.Default.DeadLetterLine);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line; anything.</param>
    /// <param name="letter">The letter.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string line, [NotNullWhen(true)] out DeadLetter? letter)
    {
        letter = null;
        DeadLetterLine? read;
        try
        {
            read = JsonSerializer.Deserialize(line, DeadLetterJson.Default.DeadLetterLine);
        }
        catch (JsonException)
        {
            return false;
        }

        string[] names = read is null ? [] : [read.Site, read.Gateway, read.Station, read.Device, read.Channel];
        if (read is null || !Array.TrueForAll(names, Names.IsName)
            || !Names.IsEpoch(read.ByEpoch) || !Names.IsEpoch(read.Epoch)
            || read.BySequence is < 0 or > SequenceRange.SequenceMax || read.Sequence is < 0 or > SequenceRange.SequenceMax
            || !MeasurandNames.TryParse(read.Measurand, out var measurand)
            || !ClockSourceTokens.TryParse(read.Clock, out var clock)
            || !Enum.IsDefined((QualityFlag)read.Flag))
        {
            return false;
        }

        letter = new DeadLetter(
            read.At,
            new RecordId(read.ByEpoch, read.BySequence),
            read.Cause,
            read.Detail,
            new Point
            {
                Measurand = measurand,
                Site = read.Site,
                Station = read.Station,
                Gateway = read.Gateway,
                Device = read.Device,
                Channel = read.Channel,
                TimeNs = read.TimeNs,
                Epoch = read.Epoch,
                Sequence = read.Sequence,
                Clock = clock,
                CoveredMs = read.CoveredMs,
                IsRevision = read.IsRevision,
                Value = new ChannelValue
                {
                    Channel = read.Channel,
                    Measurand = measurand,
                    Value = read.Value,
                    Raw = read.Raw,
                    Low = read.Low,
                    High = read.High,
                    Count = read.Count,
                    Flag = (QualityFlag)read.Flag,
                    Why = PointText.ParseWhy(read.Why ?? ""),
                    Calibration = read.Calibration,
                },
            });
        return true;
    }
}

/// <summary>The members of a line, named as on the wire.</summary>
internal sealed record DeadLetterLine
{
    [JsonPropertyName("at")]
    public required long At { get; init; }

    [JsonPropertyName("cause")]
    public required string Cause { get; init; }

    [JsonPropertyName("detail")]
    public required string Detail { get; init; }

    [JsonPropertyName("site")]
    public required string Site { get; init; }

    [JsonPropertyName("gw")]
    public required string Gateway { get; init; }

    [JsonPropertyName("by_ep")]
    public required string ByEpoch { get; init; }

    [JsonPropertyName("by_seq")]
    public required long BySequence { get; init; }

    [JsonPropertyName("st")]
    public required string Station { get; init; }

    [JsonPropertyName("d")]
    public required string Device { get; init; }

    [JsonPropertyName("c")]
    public required string Channel { get; init; }

    [JsonPropertyName("m")]
    public required string Measurand { get; init; }

    [JsonPropertyName("t_ns")]
    public required long TimeNs { get; init; }

    [JsonPropertyName("ep")]
    public required string Epoch { get; init; }

    [JsonPropertyName("seq")]
    public required long Sequence { get; init; }

    [JsonPropertyName("clk")]
    public required string Clock { get; init; }

    [JsonPropertyName("x")]
    public double? Value { get; init; }

    [JsonPropertyName("r")]
    public double? Raw { get; init; }

    [JsonPropertyName("lo")]
    public double? Low { get; init; }

    [JsonPropertyName("hi")]
    public double? High { get; init; }

    [JsonPropertyName("k")]
    public int? Count { get; init; }

    [JsonPropertyName("q")]
    public required int Flag { get; init; }

    [JsonPropertyName("why")]
    public string? Why { get; init; }

    [JsonPropertyName("cal")]
    public string? Calibration { get; init; }

    [JsonPropertyName("w")]
    public long? CoveredMs { get; init; }

    [JsonPropertyName("rev")]
    public bool IsRevision { get; init; }
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DeadLetterLine))]
internal sealed partial class DeadLetterJson : JsonSerializerContext;
