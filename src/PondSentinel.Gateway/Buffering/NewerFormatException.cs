namespace PondSentinel.Gateway.Buffering;

/// <summary>The buffer was written by a later program: it is set aside whole, because guessing could cost records.</summary>
/// <param name="what">What was found.</param>
internal sealed class NewerFormatException(string what) : Exception($"written by a later version of pond-gateway: {what}");
