using PondSentinel.Calibration;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Calibration;

/// <summary>Keeps the records that are true if nothing more comes of the calibrations that go on: a file of lines beside the records,
/// replaced whole.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="card">The folder of the records.</param>
internal sealed class CalibrationRunFile(ICard card)
{
    /// <summary>Its name.</summary>
    public const string Name = "running";

    // As many devices as calibrate at once, and more.
    private const int RecordsMax = 64;

    private readonly WholeFile file = new(card, Name, RecordsMax * CalibrationCodec.BytesMax);
    private bool isEmpty;

    /// <summary>Adds what it holds to the records, and empties it: nothing more has come of it. What cannot be read or kept stays in it
    /// for the next who comes.</summary>
    /// <param name="book">The calibrations.</param>
    public BrokenOffCalibrations Settle(CalibrationBook book)
    {
        var broken = Read(out var failure);
        List<CalibrationRecord> kept = [];
        List<string> lost = [];

        // One that has come to its end has its record already, of the same name.
        foreach (var record in broken.Where(record => !record.IsAccepted && !book.Has(record.Id)))
        {
            try
            {
                book.Add(record);
                kept.Add(record);
            }
            catch (Exception e) when (e is IOException or ArgumentException)
            {
                lost.Add($"{record.Device}.{record.Channel}: a calibration was broken off, and its record cannot be kept: {e.Message}");
            }
        }

        if (failure is null && lost.Count == 0)
        {
            Write([]);
        }

        return new BrokenOffCalibrations(
            kept, lost, failure is null ? null : $"whether a calibration was broken off before cannot be read: {failure}");
    }

    /// <summary>Replaces it, durably.</summary>
    /// <param name="records">The records.</param>
    /// <returns>Why it could not be written, in one line; null where it could.</returns>
    public string? Write(IReadOnlyList<CalibrationRecord> records)
    {
        if (records.Count == 0 && isEmpty)
        {
            return null;
        }

        var failure = file.Write([.. records.SelectMany(record => (byte[])[.. CalibrationCodec.Encode(record), (byte)'\n'])]);
        isEmpty = records.Count == 0 && failure is null;
        return failure;
    }

    private List<CalibrationRecord> Read(out string? failure)
    {
        var bytes = file.Read(out failure) ?? [];
        List<CalibrationRecord> records = [];
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            if (bytes.AsSpan()[range] is { Length: > 0 } line)
            {
                var (record, malformed) = CalibrationCodec.Decode(line);
                failure ??= malformed;
                records.AddRange(record is null ? [] : [record]);
            }
        }

        isEmpty = bytes.Length == 0 && failure is null;
        return records;
    }
}

/// <summary>What became of the calibrations that were broken off.</summary>
/// <param name="Kept">Their records, which are in the store now.</param>
/// <param name="Lost">Those that it did not take, a sentence each.</param>
/// <param name="Unreadable">Why nobody can say whether there were more, a sentence; null where there were none.</param>
internal sealed record BrokenOffCalibrations(IReadOnlyList<CalibrationRecord> Kept, IReadOnlyList<string> Lost, string? Unreadable);
