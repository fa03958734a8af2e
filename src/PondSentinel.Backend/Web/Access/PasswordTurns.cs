namespace PondSentinel.Backend.Web.Access;

/// <summary>Turns for passwords to be hashed: each keeps a processor busy for a tenth of a second and more, and the loops of the backend
/// need theirs.</summary>
internal sealed class PasswordTurns : IDisposable
{
    private const int AtOnce = 2;
    private static readonly TimeSpan TurnWithin = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim turns = new(AtOnce);

    /// <summary>Waits for one.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether there was one within 5 s; then <see cref="Release"/> gives it back.</returns>
    public Task<bool> WaitAsync(CancellationToken cancellationToken) => turns.WaitAsync(TurnWithin, cancellationToken);

    /// <summary>Gives one back.</summary>
    public void Release() => turns.Release();

    /// <inheritdoc/>
    public void Dispose() => turns.Dispose();
}
