"""Published results and real data: what the model must bring out, with nothing or one number fitted."""
