using Microsoft.Extensions.Logging;

namespace PondSentinel.Gateway.Control;

/// <summary>Knows the verbs, has them do what is asked and their changes audited. Thread-safe.</summary>
/// <param name="verbs">The verbs.</param>
/// <param name="audit">Keeps account of changes.</param>
/// <param name="log">The journal.</param>
internal sealed class ControlDesk(IEnumerable<IControlVerb> verbs, ControlAudit audit, ILogger log)
{
    private readonly Dictionary<string, IControlVerb> verbs = verbs.ToDictionary(verb => verb.Name, StringComparer.Ordinal);

    /// <summary>Answers a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <exception cref="ControlRefusedException">It is not carried out.</exception>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        if (!verbs.TryGetValue(request.Verb, out var verb))
        {
            throw new ControlRefusedException(
                $"this gateway does not know {request.Verb}; it knows {string.Join(", ", verbs.Keys.Order(StringComparer.Ordinal))}");
        }

        try
        {
            var answer = await AskAsync(verb, request, cancellationToken);
            if (verb.Changes)
            {
                audit.Note(request, answer.Device, refusal: null);
            }

            return answer;
        }
        catch (ControlRefusedException e) when (verb.Changes)
        {
            audit.Note(request, device: null, e.Message);
            throw;
        }
    }

    private async ValueTask<ControlAnswer> AskAsync(IControlVerb verb, ControlRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await verb.AnswerAsync(request, cancellationToken);
        }
#pragma warning disable CA1031 // A mistake in a verb must not end the measuring.
        catch (Exception e) when (e is not ControlRefusedException and not OperationCanceledException)
#pragma warning restore CA1031
        {
            log.LogError(e, "control: {Verb} failed", verb.Name);
            throw new ControlRefusedException($"{verb.Name} failed inside the gateway: its journal says how");
        }
    }
}
