using System.Text.Json;

namespace PondSentinel.Backend.Notification;

/// <summary>What the body of a 2xx answer has to say, for receivers that answer 200 to what they do not take.</summary>
/// <param name="Member">Member of the answer, a whole number.</param>
/// <param name="Good">What it is where the message is taken.</param>
/// <param name="Refused">What it is where the message will never be taken; any other number: not now.</param>
internal sealed record AnswerRule(string Member, long Good, IReadOnlyList<long> Refused)
{
    /// <summary>Most bytes of an answer that are read.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>What an answer means.</summary>
    /// <param name="answer">Its body; not all of it where it is longer than <see cref="BytesMax"/>.</param>
    public DeliveryResult Judge(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            var code = document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(Member, out var member) && member.ValueKind == JsonValueKind.Number
                && member.TryGetInt64(out var number) ? number : (long?)null;
            return code switch
            {
                null => DeliveryResult.Unknown($"the answer has no {Member}"),
                { } given when given == Good => DeliveryResult.Delivered,
                { } given when Refused.Contains(given) => DeliveryResult.Refused(FormattableString.Invariant($"{Member} {given}")),
                { } given => DeliveryResult.NotNow(FormattableString.Invariant($"{Member} {given}")),
            };
        }
        catch (JsonException)
        {
            return DeliveryResult.Unknown("the answer is no JSON");
        }
    }
}
