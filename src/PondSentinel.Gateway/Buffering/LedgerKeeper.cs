namespace PondSentinel.Gateway.Buffering;

/// <summary>Saves the ledger, and remembers whether the card takes it.</summary>
/// <remarks>Used by whoever holds the card; the ledger is touched under the gate.</remarks>
/// <param name="ledger">The ledger.</param>
/// <param name="file">Where it is kept; null where there is no file yet.</param>
/// <param name="create">Makes the file.</param>
/// <param name="clock">Says when it is to be saved.</param>
/// <param name="fault">Remembers whether it can be.</param>
/// <param name="gate">Guards the ledger.</param>
internal sealed class LedgerKeeper(
    BufferLedger ledger, LedgerFile? file, Func<LedgerFile> create, CommitClock clock, MediumFault fault, Lock gate) : IDisposable
{
    private LedgerFile? file = file;

    /// <summary>Bytes it takes on the card.</summary>
    public long Bytes => file?.Bytes ?? 0;

    /// <summary>What is wrong with its file, in one line for people; null when nothing is.</summary>
    public string? Fault => fault.Line;

    /// <summary>Saves it durably.</summary>
    /// <exception cref="IOException">The card does not take it; what it said before still stands.</exception>
    public void Save()
    {
        file ??= create();
        byte[] body;
        int anchors;
        lock (gate)
        {
            body = LedgerBody.Write(ledger, file.BodyBytesMax, out anchors);
            clock.NoteSave();
        }

        file.Save(body);
        lock (gate)
        {
            ledger.Times.MarkDurable(anchors);
            ledger.OfferAgain();
        }
    }

    /// <summary>Saves it, or tries again later.</summary>
    public void TrySave()
    {
        try
        {
            Save();
            fault.Note(null);
        }
        catch (IOException e)
        {
            fault.Note(e);
            clock.SaveLater();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();
}
