using PondSentinel.Gateway.Control;

namespace PondSentinel.Gateway.Applying;

/// <summary><c>try</c>: the settings that are about to be written change the way to the broker. The gateway notes what it goes by now, and
/// goes back to that by itself where it does not reach the broker.</summary>
/// <param name="reloading">Does it.</param>
internal sealed class TrialVerb(Reloading reloading) : IControlVerb
{
    private const int DigestLength = 64;

    /// <inheritdoc/>
    public string Name => "try";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var tried = request.Text("tried", DigestLength);
        var within = request.OptionalInteger("within_s", (long)Trial.WithinMin.TotalSeconds, (long)Trial.WithinMax.TotalSeconds)
            ?? throw new ControlRefusedException("within_s is missing");
        var why = await reloading.ArmAsync(tried, TimeSpan.FromSeconds(within), cancellationToken);
        return new ControlAnswer(json =>
        {
            json.WriteBoolean("armed", why is null);
            json.WriteString("why", why);
        });
    }
}
