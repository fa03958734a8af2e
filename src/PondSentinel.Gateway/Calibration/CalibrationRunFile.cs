using PondSentinel.Calibration;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Calibration;

/// <summary>Keeps the records that are true if nothing more comes of the calibrations that go on: a file of lines beside the records,
/// replaced whole.</summary>
/// <remarks>What a process before this one left in it is never written over: it is added to the records, or the file is moved to a name
/// of its own, or nothing is written. Not thread-safe.</remarks>
/// <param name="card">The folder of the records.</param>
internal sealed class CalibrationRunFile(ICard card)
{
    /// <summary>Its name.</summary>
    public const string Name = "running";

    // As many devices as calibrate at once, and more.
    private const int RecordsMax = 64;

    private readonly WholeFile file = new(card, Name, RecordsMax * CalibrationCodec.BytesMax);
    private bool isEmpty;

    // Whether what it holds is this process's; else what is wrong with what it holds, where it cannot be read.
    private bool isOurs;
    private string? unreadable;

    /// <summary>Why nothing may be written to it: what was left in it could neither be kept nor moved, or not be read; null where
    /// nothing is against it.</summary>
    public string? WhyKept { get; private set; }

    /// <summary>Adds what the process before left in it to the records, and what was set aside before that. What cannot be kept is
    /// moved to a name of its own, with the book; what cannot be read stays, until <see cref="SetAside"/>.</summary>
    /// <param name="book">The calibrations.</param>
    public BrokenOffCalibrations Settle(CalibrationBook book)
    {
        List<CalibrationRecord> kept = [.. book.Settle()];
        if (isOurs)
        {
            return new BrokenOffCalibrations(kept, null);
        }

        // One that has come to its end has its record already, of the same name.
        var left = Read(out unreadable).Where(record => !record.IsAccepted).ToList();
        kept.AddRange(left.Where(record => !book.Has(record.Id) && book.Keep(record)));
        if (unreadable is not null)
        {
            WhyKept = $"whether a calibration was broken off before cannot be read: {unreadable}";
            return new BrokenOffCalibrations(kept, WhyKept);
        }

        WhyKept = null;
        if (left.TrueForAll(record => book.Holds(record.Id)))
        {
            // Where the card takes no empty file the records are there all the same.
            isOurs = true;
            Write([]);
        }
        else
        {
            SetAside(book);
        }

        return new BrokenOffCalibrations(kept, null);
    }

    /// <summary>Moves what the process before left in it to a name of its own: that takes no room on the card.</summary>
    /// <param name="book">The calibrations.</param>
    /// <returns>The name; null where the card does not do it.</returns>
    public string? SetAside(CalibrationBook book)
    {
        try
        {
            var name = book.SetAside(Name, unreadable);
            (isOurs, WhyKept) = (true, null);
            return name;
        }
        catch (IOException e)
        {
            WhyKept = $"what is known of a calibration that was broken off before cannot be moved out of the way: {e.Message.TrimEnd('.')}";
            return null;
        }
    }

    /// <summary>Replaces it, durably.</summary>
    /// <param name="records">The records.</param>
    /// <returns>Why it could not be written, in one line; null where it could.</returns>
    public string? Write(IReadOnlyList<CalibrationRecord> records)
    {
        if (WhyKept is not null || (records.Count == 0 && isEmpty))
        {
            return WhyKept;
        }

        var failure = file.Write([.. records.SelectMany(record => (byte[])[.. CalibrationCodec.Encode(record), (byte)'\n'])]);
        isEmpty = records.Count == 0 && failure is null;
        return failure;
    }

    private IReadOnlyList<CalibrationRecord> Read(out string? failure)
    {
        var bytes = file.Read(out failure) ?? [];
        var records = BrokenOffFile.Read(bytes, out var malformed);
        failure ??= malformed;
        isEmpty = bytes.Length == 0 && failure is null;
        return records;
    }
}

/// <summary>What became of the calibrations that were broken off. Those that could not be kept are the book's unsettled ones.</summary>
/// <param name="Kept">Their records, which are in the store now.</param>
/// <param name="Unreadable">Why nobody can say whether there were more, a sentence; null where there were none.</param>
internal sealed record BrokenOffCalibrations(IReadOnlyList<CalibrationRecord> Kept, string? Unreadable);
