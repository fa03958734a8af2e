using PondSentinel.Calibration;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Calibration;

/// <summary>The calibration records of a gateway: a folder of its own, one file a record, only ever added to.</summary>
/// <remarks>
/// <para>Promise: what <see cref="Add"/> has returned from survives a power cut; what was there before survives it at any step; a file
/// that cannot be read is named, and never taken for one that is not there.</para>
/// <para>Not thread-safe. Who adds holds the folder's claim.</para>
/// </remarks>
internal sealed class CalibrationStore
{
    // A file of another name is none of the store's.
    private const string Unfinished = "unfinished";

    // More than CalibrationRunFile writes.
    private const int BrokenOffBytesMax = 4 * 1024 * 1024;

    private readonly ICard? card;
    private readonly List<StoredCalibration> records = [];
    private readonly List<DamagedCalibration> damaged = [];
    private readonly List<UnsettledCalibration> unsettled = [];

    // Those of the damaged that this process wrote and the card did not let go of.
    private readonly HashSet<string> heldOn = new(StringComparer.Ordinal);

    // The notes that were read, by file: the names of their records.
    private readonly Dictionary<string, IReadOnlyList<string>> notes = new(StringComparer.Ordinal);

    private CalibrationStore(ICard? card) => this.card = card;

    /// <summary>Why nothing can be added, for people; null where nothing is known against it.</summary>
    public string? WhyNoneIsAdded { get; private init; }

    /// <summary>Whether nobody can say what is in it: then any channel may have a calibration.</summary>
    public bool IsUnreadable { get; private init; }

    /// <summary>What can be read, by channel and number.</summary>
    public IReadOnlyList<StoredCalibration> Records => records;

    /// <summary>What cannot be read.</summary>
    public IReadOnlyList<DamagedCalibration> Damaged => damaged;

    /// <summary>What was broken off, and is no record yet.</summary>
    public IReadOnlyList<UnsettledCalibration> Unsettled => unsettled;

    /// <summary>The folder of a gateway: beside the buffer's folder, whose files are the buffer's alone.</summary>
    /// <param name="bufferFolder">The buffer's folder.</param>
    /// <param name="gateway">The gateway.</param>
    public static string FolderOf(string bufferFolder, string gateway) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(bufferFolder)) ?? "/", $"calibrations-{gateway}");

    /// <summary>Reads a folder.</summary>
    /// <param name="card">The folder.</param>
    /// <param name="whyNoneIsAdded">Why nothing can be added to it; null where nothing is known against it.</param>
    /// <exception cref="IOException">The folder itself cannot be read.</exception>
    public static CalibrationStore Open(ICard card, string? whyNoneIsAdded = null)
    {
        var store = new CalibrationStore(card) { WhyNoneIsAdded = whyNoneIsAdded };
        foreach (var name in card.List().Where(CalibrationFile.IsRecord).Order(StringComparer.Ordinal))
        {
            store.Read(card, name);
        }

        foreach (var name in card.List().Where(BrokenOffFile.IsOne).Order(StringComparer.Ordinal))
        {
            store.ReadBrokenOff(card, name);
        }

        return store;
    }

    /// <summary>The store of a gateway on which nothing was ever calibrated, to be looked at.</summary>
    public static CalibrationStore Empty => new(null);

    /// <summary>The store in a folder that is not there yet.</summary>
    /// <param name="card">The folder.</param>
    public static CalibrationStore WithNothing(ICard card) => new(card);

    /// <summary>The store in a folder that cannot be read: a card that is dead.</summary>
    /// <param name="card">The folder.</param>
    /// <param name="why">What is wrong with it.</param>
    public static CalibrationStore Unreadable(ICard card, string why)
    {
        var store = new CalibrationStore(card)
        {
            IsUnreadable = true,
            WhyNoneIsAdded = $"the calibrations cannot be read: {why}",
        };
        store.damaged.Add(new DamagedCalibration("*", null, why));
        return store;
    }

    /// <summary>Whether a record of this name is there, or was.</summary>
    /// <param name="id">The name.</param>
    public bool Has(string id) =>
        Holds(id) || damaged.Exists(file => string.Equals(file.Place?.Id, id, StringComparison.Ordinal));

    /// <summary>Whether a record of this name is there and can be read.</summary>
    /// <param name="id">The name.</param>
    public bool Holds(string id) => records.Exists(stored => string.Equals(stored.Record.Id, id, StringComparison.Ordinal));

    /// <summary>Adds a record. When it returns the record survives a power cut.</summary>
    /// <param name="record">The record; its name is new.</param>
    /// <exception cref="ArgumentException">There is one of this name, or the record breaks the contract.</exception>
    /// <exception cref="IOException">The card did not take it. It is not in the store; where the card does not even let go of it, it is
    /// one of <see cref="Damaged"/> for this run, and the message says so.</exception>
    public StoredCalibration Add(CalibrationRecord record)
    {
        if (WhyNoneIsAdded is not null)
        {
            throw new IOException($"No calibration can be added: {WhyNoneIsAdded}.");
        }

        if (Has(record.Id))
        {
            throw new ArgumentException($"There is a calibration {record.Id} already, and none is ever changed: give this one another name.", nameof(record));
        }

        var folder = card ?? throw new InvalidOperationException("This store is only looked at.");
        var bytes = CalibrationFile.Write(record);
        var number = NewestOf(record.Device, record.Channel) + 1;
        if (number > CalibrationFile.NumberMax)
        {
            throw new ArgumentException($"{record.Device}.{record.Channel} has had {CalibrationFile.NumberMax} calibrations.", nameof(record));
        }

        var name = CalibrationFile.NameOf(number, record);
        using (var file = folder.Create(Unfinished, bytes.Length))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        folder.Rename(Unfinished, name);
        try
        {
            folder.SyncFolder();
        }
        catch (IOException e)
        {
            // Nobody was promised anything: it must not come into force at the next start.
            TakeBack(folder, name, e);
            throw;
        }

        // What the card holds is what counts: read back, so that a record is in force as it will be after a restart.
        var stored = new StoredCalibration(number, CalibrationFile.Read(name, bytes).Value!);
        records.Add(stored);
        return stored;
    }

    /// <summary>Adds a record of what was broken off, or knows it as one that is not kept yet.</summary>
    /// <param name="record">The record; its name is new, or that of an unsettled one.</param>
    /// <returns>Whether it was added.</returns>
    public bool Keep(CalibrationRecord record)
    {
        unsettled.RemoveAll(each => each.Record.Id == record.Id);
        try
        {
            if (!IsFoundAgain(record))
            {
                Add(record);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            unsettled.Add(new UnsettledCalibration(record, e.Message.TrimEnd('.')));
            return false;
        }
    }

    /// <summary>Adds what was broken off and could not be kept before, and deletes the files of which all is kept.</summary>
    /// <returns>What is kept now.</returns>
    public IReadOnlyList<CalibrationRecord> Settle()
    {
        List<CalibrationRecord> kept = [.. unsettled.Select(each => each.Record).ToList().Where(Keep)];
        if (card is not null && unsettled.Count == 0)
        {
            DeleteKept(card);
        }

        return kept;
    }

    /// <summary>Moves notes of what was broken off to a name of their own.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="unreadable">Why they cannot be read; null where they can.</param>
    /// <returns>The new one.</returns>
    /// <exception cref="IOException">The card did not do it.</exception>
    public string SetAside(string name, string? unreadable)
    {
        var folder = card ?? throw new InvalidOperationException("This store is only looked at.");
        var aside = BrokenOffFile.FreeName(folder.List());
        folder.Rename(name, aside);
        if (unreadable is not null)
        {
            damaged.Add(new DamagedCalibration(aside, null, unreadable));
        }
        else
        {
            ReadBrokenOff(folder, aside);
        }

        // Whatever is written under the old name from now on becomes durable after this or not at all.
        folder.SyncFolder();
        return aside;
    }

    // What became of a record that the card did not let go of is seen once it works again.
    private bool IsFoundAgain(CalibrationRecord record)
    {
        if (card is not { } folder || damaged.Find(file => heldOn.Contains(file.File) && file.Place!.Id == record.Id) is not { Place: { } place } file)
        {
            return false;
        }

        var isThere = folder.List().Contains(file.File);
        if (isThere && !CalibrationFile.Write(record).AsSpan().SequenceEqual(Bytes(folder, file.File, CalibrationFile.BytesMax + 1)))
        {
            return false;
        }

        folder.SyncFolder();
        damaged.Remove(file);
        heldOn.Remove(file.File);
        if (isThere)
        {
            var later = records.FindIndex(stored => stored.Number > place.Number && stored.Record.Device == place.Device && stored.Record.Channel == place.Channel);
            records.Insert(later < 0 ? records.Count : later, new StoredCalibration(place.Number, record));
        }

        return isThere;
    }

    // Only those of which every record is there and can be read: another file may be the last that has it.
    private void DeleteKept(ICard folder)
    {
        try
        {
            List<string> done = [.. notes.Where(note => note.Value.All(Holds)).Select(note => note.Key)];
            foreach (var name in done)
            {
                folder.Delete(name);
                notes.Remove(name);
            }

            if (done.Count > 0)
            {
                folder.SyncFolder();
            }
        }
        catch (IOException)
        {
            // The next start finds that all of it is in the store.
        }
    }

    private void ReadBrokenOff(ICard folder, string name)
    {
        try
        {
            List<CalibrationRecord> broken = [.. BrokenOffFile.Read(Bytes(folder, name, BrokenOffBytesMax), out var malformed).Where(record => !record.IsAccepted)];
            unsettled.AddRange(broken.Where(record => !Has(record.Id) && !unsettled.Exists(each => each.Record.Id == record.Id))
                .Select(record => new UnsettledCalibration(record, $"it waits in {name} for pond-gateway to start")));
            if (malformed is not null)
            {
                damaged.Add(new DamagedCalibration(name, null, malformed));
            }
            else
            {
                notes[name] = [.. broken.Select(record => record.Id)];
            }
        }
        catch (IOException e)
        {
            damaged.Add(new DamagedCalibration(name, null, e.Message.TrimEnd('.')));
        }
    }

    private static byte[] Bytes(ICard folder, string name, int most) => CardErrors.Insist(() =>
    {
        using var file = folder.OpenToRead(name);
        var read = new byte[Math.Min(file.Length, most)];
        return read[..file.Read(0, read)];
    });

    private void TakeBack(ICard folder, string name, IOException failure)
    {
        try
        {
            // Without the second the power may bring it back.
            folder.Delete(name);
            folder.SyncFolder();
        }
        catch (IOException)
        {
            // What the next start finds nobody knows. Its number is taken, and the channel is in doubt until something newer is added.
            var place = CalibrationFile.PlaceOf(name)!;
            heldOn.Add(name);
            damaged.Add(new DamagedCalibration(name, place, $"the card failed while it was added ({failure.Message.TrimEnd('.')})"));
            throw new IOException(
                $"The card failed while calibration {place.Id} was added, and did not let go of it: whether it is there after the next start nobody knows. "
                + $"Until then {place.Device}.{place.Channel} is in doubt. Mend the card, look with pond-gateway calibration list, and calibrate anew: {failure.Message}",
                failure);
        }
    }

    private int NewestOf(string device, string channel) => records
        .Where(stored => stored.Record.Device == device && stored.Record.Channel == channel)
        .Select(stored => stored.Number)
        .Concat(damaged.Where(file => file.Place?.Device == device && file.Place.Channel == channel).Select(file => file.Place!.Number))
        .DefaultIfEmpty()
        .Max();

    private void Read(ICard folder, string name)
    {
        var place = CalibrationFile.PlaceOf(name);
        try
        {
            var (record, malformed) = CalibrationFile.Read(name, Bytes(folder, name, CalibrationFile.BytesMax + 1));
            if (record is not null)
            {
                records.Add(new StoredCalibration(place!.Number, record));
            }
            else
            {
                damaged.Add(new DamagedCalibration(name, place, malformed!));
            }
        }
        catch (IOException e)
        {
            damaged.Add(new DamagedCalibration(name, place, e.Message.TrimEnd('.')));
        }
    }
}

/// <summary>A record of the store.</summary>
/// <param name="Number">Which record of its channel it is, from 1.</param>
/// <param name="Record">The record.</param>
internal sealed record StoredCalibration(int Number, CalibrationRecord Record);

/// <summary>A file of the store that cannot be read.</summary>
/// <param name="File">Its name.</param>
/// <param name="Place">What its name says; null where that is not the name of a record.</param>
/// <param name="Why">What is wrong with it.</param>
internal sealed record DamagedCalibration(string File, CalibrationPlace? Place, string Why)
{
    /// <summary>For people: which file, what is wrong, what to do.</summary>
    public override string ToString() => Place is { } place
        ? $"calibration record {File} cannot be read: {Why}; put it back from a backup, or calibrate {place.Device}.{place.Channel} anew"
        : BrokenOffFile.IsOne(File)
            ? $"{File}, notes of calibrations that were broken off, cannot be read: {Why}; calibrate anew what was being calibrated then, and take the file out of the folder"
            : $"calibration record {File} cannot be read: {Why}; put it back under its own name, or take it out of the folder";
}
