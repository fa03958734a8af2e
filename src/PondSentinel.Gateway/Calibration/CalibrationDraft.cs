using System.Globalization;
using PondSentinel.Calibration;

namespace PondSentinel.Gateway.Calibration;

/// <summary>What somebody has done to a channel, before it is judged.</summary>
internal sealed record CalibrationDraft
{
    // Fit for a name, and in the order of time.
    private const string IdForm = "'c'yyyyMMdd'-'HHmmss";

    /// <summary>Name of the record; null for one by its time.</summary>
    public string? Id { get; init; }

    /// <summary>Who did it.</summary>
    public required string By { get; init; }

    /// <summary>When: UTC ms since 1970.</summary>
    public required long TimeMs { get; init; }

    /// <summary>Temperature of the standards, °C.</summary>
    public double Celsius { get; init; } = 25;

    /// <summary>What the instrument showed before anything was done.</summary>
    public IReadOnlyList<StandardReading> AsFound { get; init; } = [];

    /// <summary>What it showed after cleaning, and in the end where it holds its calibration itself.</summary>
    public required IReadOnlyList<StandardReading> AsLeft { get; init; }

    /// <summary>Whether the instrument holds its calibration itself: the readings then show how well.</summary>
    public bool IsHeldByInstrument { get; init; }

    /// <summary>Until the next; null for the channel's usual time.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>What else is to be known.</summary>
    public string? Note { get; init; }

    /// <summary>Why it is refused whatever the readings say, a sentence each: what the instrument itself has against it.</summary>
    public IReadOnlyList<string> Objections { get; init; } = [];

    /// <summary>Slopes by the instrument's own account, percent; empty where it gives none.</summary>
    public IReadOnlyList<double> ToldSlopePercent { get; init; } = [];

    /// <summary>Offset by the instrument's own account; null where it gives none.</summary>
    public double? ToldOffset { get; init; }

    /// <summary>What was done, out of a record of it.</summary>
    /// <param name="record">The record, which somebody else has judged.</param>
    public static CalibrationDraft Of(CalibrationRecord record) => new()
    {
        Id = record.Id,
        By = record.By,
        TimeMs = record.TimeMs,
        Celsius = record.Celsius,
        AsFound = record.AsFound,
        AsLeft = record.AsLeft,
        IsHeldByInstrument = record.Kind == CalibrationKind.Instrument,
        Every = record.DueMs is { } due ? TimeSpan.FromMilliseconds((double)due - record.TimeMs) : null,
        Note = record.Note,
    };

    /// <summary>Makes the record, accepted or refused.</summary>
    /// <param name="channel">The channel; one that can be calibrated.</param>
    /// <param name="records">The records there are.</param>
    /// <param name="isTaken">Whether there is a record of a name.</param>
    public CalibrationRecord Complete(CalibratedChannel channel, IEnumerable<StoredCalibration> records, Predicate<string> isTaken)
    {
        var kind = channel.Kind ?? throw new InvalidOperationException($"{channel.Name} is not calibrated.");
        var before = channel.NewestOf(records)?.Record.Curve ?? channel.Output.Electrode;

        // An instrument that holds its calibration shows the values themselves.
        var fit = CalibrationFit.Of(
            kind, channel.Measurand, AsLeft, Celsius, IsHeldByInstrument ? null : before);
        var record = new CalibrationRecord
        {
            Id = Id ?? FreeId(TimeMs, isTaken),
            Device = channel.Device,
            Channel = channel.Id,
            Measurand = channel.Measurand,
            Model = channel.Model,
            Serial = channel.Serial,
            TimeMs = TimeMs,
            By = By,
            Kind = kind,
            Celsius = Celsius,
            AsFound = AsFound,
            AsLeft = AsLeft,
            Note = Note,
        }.With(fit);
        if (IsHeldByInstrument)
        {
            var isTold = ToldSlopePercent.Count > 0;
            record = record with
            {
                Kind = CalibrationKind.Instrument,
                Line = null,
                SlopePercent = isTold ? ToldSlopePercent : fit.SlopePercent,
                Offset = isTold ? ToldOffset : fit.Offset,
                Reasons = Shortened([.. Objections, .. fit.Reasons, .. isTold ? ToldReasons(channel) : []]),
            };
        }

        return record.IsAccepted && (Every ?? channel.Interval) is { } every
            ? record with { DueMs = TimeMs + (long)every.TotalMilliseconds }
            : record;
    }

    /// <summary>A name by a time that no record has.</summary>
    /// <param name="timeMs">The time: UTC ms since 1970.</param>
    /// <param name="isTaken">Whether there is a record of a name.</param>
    public static string FreeId(long timeMs, Predicate<string> isTaken)
    {
        var id = DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString(IdForm, CultureInfo.InvariantCulture);
        return Enumerable.Range(2, int.MaxValue - 2)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"{id}-{number}"))
            .Prepend(id)
            .First(free => !isTaken(free));
    }

    private static IReadOnlyList<string> Shortened(IReadOnlyList<string> reasons) =>
        [.. reasons.Select(reason => reason.Length <= CalibrationRecord.TextLengthMax ? reason : reason[..CalibrationRecord.TextLengthMax])
            .Take(CalibrationRecord.ReasonsMax)];

    private IReadOnlyList<string> ToldReasons(CalibratedChannel channel) => CalibrationFit.Beyond(
        CalibrationLimits.Of(CalibrationKind.Instrument, channel.Measurand), ToldSlopePercent, ToldOffset, "mV");
}
