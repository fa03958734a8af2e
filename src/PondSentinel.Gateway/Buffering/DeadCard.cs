namespace PondSentinel.Gateway.Buffering;

/// <summary>A card that cannot be used at all in this run. It looks empty and takes nothing, so that the buffer lives in
/// memory; what is really on it is left alone, because nobody could see what a write would overwrite.</summary>
/// <param name="reason">Why.</param>
internal sealed class DeadCard(IOException reason) : ICard
{
    /// <inheritdoc/>
    public long FreeBytes => throw Failure();

    /// <inheritdoc/>
    public IDisposable Claim() => new Unclaimed();

    /// <summary>Why it cannot be used.</summary>
    public IOException Reason => reason;

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => [];

    /// <inheritdoc/>
    public ICardFile Create(string name, long length) => throw Failure();

    /// <inheritdoc/>
    public ICardFile Open(string name) => throw Failure();

    /// <inheritdoc/>
    public void Rename(string name, string newName) => throw Failure();

    /// <inheritdoc/>
    public void Delete(string name) => throw Failure();

    /// <inheritdoc/>
    public void SyncFolder() => throw Failure();

    private IOException Failure() =>
        new($"{reason.Message}; it is not used until pond-gateway is started again", reason) { HResult = reason.HResult };

    private sealed class Unclaimed : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
