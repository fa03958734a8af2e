using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;

namespace PondSentinel.Gateway.Commands;

/// <summary>How far off an instrument was found in a standard, before anything was done to it: fouling and drift together.</summary>
/// <param name="Standard">What was true.</param>
/// <param name="Shown">What the channel had then, by the calibration before.</param>
/// <param name="Rating">How the record since the visit before is rated by USGS; null where it has no ratings for the measurand.</param>
/// <param name="IsCorrected">Whether USGS has such a record corrected; null likewise.</param>
internal sealed record FoundReading(double Standard, double Shown, RecordRating? Rating, bool? IsCorrected)
{
    /// <summary>What a record tells of it.</summary>
    /// <param name="stored">The record.</param>
    /// <param name="channels">The channels, for electrodes that were never calibrated before.</param>
    /// <param name="records">All records, for the one before it.</param>
    public static IReadOnlyList<FoundReading> Of(
        StoredCalibration stored, IReadOnlyList<CalibratedChannel> channels, IReadOnlyList<StoredCalibration> records)
    {
        var record = stored.Record;
        var channel = channels.FirstOrDefault(channel => channel.Device == record.Device && channel.Id == record.Channel);
        var before = records.Where(each => each.Number < stored.Number && each.Record is { IsAccepted: true } earlier
                && earlier.Device == record.Device && earlier.Channel == record.Channel && earlier.IsOf(record.Measurand, record.Model, record.Serial))
            .MaxBy(each => each.Number)?.Record.Curve ?? channel?.Output.Electrode;

        // What an electrode showed is no value without a curve.
        return record.Kind.IsElectrode && before is null ? [] :
        [
            .. record.AsFound.Select(reading => Of(
                record, reading.Standard, record.Kind == CalibrationKind.Instrument ? reading.Raw : before?.At(reading.Raw, record.Celsius) ?? reading.Raw)),
        ];
    }

    /// <summary>Writes them.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="readings">They.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<FoundReading> readings)
    {
        json.WriteStartArray("as_found");
        foreach (var reading in readings)
        {
            json.WriteStartObject();
            json.WriteNumber("std", reading.Standard);
            json.WriteNumber("shown", Math.Round(reading.Shown, 6));
            json.WriteNumber("off", Math.Round(reading.Shown - reading.Standard, 6));
            json.WriteString("rating", Word(reading.Rating));
            if (reading.IsCorrected is { } isCorrected)
            {
                json.WriteBoolean("correct", isCorrected);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string? Word(RecordRating? rating) => rating == RecordRating.NotPublished ? "not published" : rating?.ToString().ToLowerInvariant();

    private static FoundReading Of(CalibrationRecord record, double standard, double shown)
    {
        var off = standard - shown;
        var found = new FoulingAndDrift(0, 100 * off / shown, 0, off);
        var criteria = CorrectionCriteria.Of(record.Measurand);
        return new FoundReading(standard, shown, criteria?.Ratings?.Rate(found, shown), criteria?.IsDue(found, shown));
    }
}
